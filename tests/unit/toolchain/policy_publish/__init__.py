"""Tests of the publication of policy files."""
