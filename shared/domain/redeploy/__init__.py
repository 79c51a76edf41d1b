"""Decisions on one redeploy: whether it may start, what became of it, and what its failure halts."""
