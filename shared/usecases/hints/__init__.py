"""Hints of Resource Graph: a timer queries them, and each hinted machine is read."""
