"""Tests of shared/domain/job."""
