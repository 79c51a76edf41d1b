"""Health checks: which check a machine has, what its result means, and where it may connect to."""
