"""Whether a caller may do what it asks for."""
