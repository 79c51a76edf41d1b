"""Tests of sandbox/azure/servicebus/broker."""
