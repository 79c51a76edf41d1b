"""Tests of the plan of all open jobs."""
