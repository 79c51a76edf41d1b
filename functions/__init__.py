"""Triggers: decode what the Functions host hands over, call one use case, answer.

No logic lives here.
"""
