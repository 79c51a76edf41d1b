"""Tests of notices that come by mail."""
