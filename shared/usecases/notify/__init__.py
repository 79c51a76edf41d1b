"""Notifications: what operators are notified of (jobs and deadlines), and how it is delivered."""
