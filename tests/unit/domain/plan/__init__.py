"""Tests of shared/domain/plan."""
