"""Receiving: what happens to a message of each queue, and what if its handler fails."""
