"""Tests of shared/domain/lock."""
