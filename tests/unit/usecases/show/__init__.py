"""Tests of shared/usecases/show."""
