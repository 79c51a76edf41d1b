"""Scans as values: the progress of each scan, and which machines it saw together."""
