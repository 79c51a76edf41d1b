"""One suite a port, over its in-memory fake and the real thing."""
