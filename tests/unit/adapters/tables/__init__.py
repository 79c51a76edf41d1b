"""Tests of shared/adapters/tables without a server."""
