"""Tests of shared/usecases/notify."""
