"""Tests of shared/usecases/clocks."""
