"""Fleets: the machines, placements and waves of a run, and how they are read from files.

A fleet is only a description. The program that plays a fleet decides what happens to it
(`sandbox.azure.arm`).
"""
