"""Hints of Resource Graph about machines. A hint leads to a read, and decides nothing else."""
