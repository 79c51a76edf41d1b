"""Triggers: each decodes what the Functions host gives it, calls one use case, and answers."""
