"""Tests of sandbox/azure/servicebus/wire."""
