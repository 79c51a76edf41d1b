"""The monitor of a simulated run: what he hears, what is in flight, and what may start."""
