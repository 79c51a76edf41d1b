"""One suite a port, over its in-memory twin and the real thing."""
