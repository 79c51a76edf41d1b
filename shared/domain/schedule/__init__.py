"""The planner: when each machine starts, whether all fit, and what proves the opposite. Pure."""
