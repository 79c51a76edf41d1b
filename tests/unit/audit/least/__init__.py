"""Tests of the lower bound of a wave's time."""
