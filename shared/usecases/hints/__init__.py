"""Hints of Resource Graph: asked for by the timer, and followed by reads of the machines."""
