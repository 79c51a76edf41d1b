"""Tests of shared/domain/machine."""
