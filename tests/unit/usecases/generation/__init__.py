"""Tests of shared/usecases/operate."""
