"""Collecting and sending messages."""
