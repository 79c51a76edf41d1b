"""Which app is asked, with which key or token, and where each of these values comes from."""
