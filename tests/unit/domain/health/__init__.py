"""Tests of shared/domain/health."""
