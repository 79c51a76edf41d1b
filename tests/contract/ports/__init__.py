"""One suite per port, over its in-memory fake and the real thing."""
