"""The demo, its scenes and a debugger, as a new user starts them."""
