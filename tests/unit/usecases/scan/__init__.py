"""Tests of shared/usecases/scan."""
