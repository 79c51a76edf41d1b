"""HTTP health checks of machines, to allowed addresses only."""
