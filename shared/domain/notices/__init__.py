"""Maintenance notices of every kind. A notice requests a scan, and decides nothing else."""
