"""Kinds of machines: how one is built, whose it is, and what a redeploy destroys on it."""
