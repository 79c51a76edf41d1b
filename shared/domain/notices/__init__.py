"""Maintenance notices of every kind.

Hints that a subscription is worth a scan, and nothing more.

What is done to a machine is decided from its own instance view; nothing here names a machine.
"""
