"""Tests of shared/adapters/azure."""
