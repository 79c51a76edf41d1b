"""Tests of sandbox/azure/servicebus/amqp."""
