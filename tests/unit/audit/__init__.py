"""Tests of sandbox/audit."""
