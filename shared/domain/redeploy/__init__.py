"""Decisions on one redeploy: whether it may start, how it ended, and what its failure halts."""
