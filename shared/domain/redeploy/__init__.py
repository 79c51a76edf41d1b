"""Decisions on one redeploy.

Whether it may start, what became of it, and what its failure halts.
"""
