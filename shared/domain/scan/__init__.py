"""Scans as values: where one stands, and which machines it saw together.

Reads and stores nothing.
"""
