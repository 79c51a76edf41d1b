"""The application settings.

Read from the environment, checked, and every problem named in one round.
"""
