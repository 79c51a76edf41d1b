"""Decisions on one redeploy.

Whether it may start, its outcome, and what its failure halts.
"""
