"""Subscriptions: which installation each belongs to."""
