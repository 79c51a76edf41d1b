"""Checks of policy files, and what they would change."""
