"""Fleets: the machines, placements and waves that a rehearsal plays, and how they are read from files.

A fleet is only a description. What happens to it is decided by whoever plays it
(`sandbox.azure.arm`).
"""
