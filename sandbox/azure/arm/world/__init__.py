"""The world behind the simulator.

Machines, waves and operations, moved by a clock that somebody else holds.

Pure: no HTTP, no files, no reading of the time.
"""
