"""Tests of what a release publishes."""
