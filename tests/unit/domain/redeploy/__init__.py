"""Tests of shared/domain/redeploy."""
