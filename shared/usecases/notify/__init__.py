"""Notifications: what people are told of jobs and deadlines, and how it is delivered."""
