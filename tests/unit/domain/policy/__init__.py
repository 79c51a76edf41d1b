"""Tests of shared/domain/policy."""
