"""Tests of shared/usecases/recover."""
