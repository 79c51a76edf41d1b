"""The monitor of a simulated run: what it gets, what is in flight, and what may start."""
