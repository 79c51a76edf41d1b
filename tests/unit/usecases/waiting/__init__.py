"""Tests of shared/usecases/redeploy."""
