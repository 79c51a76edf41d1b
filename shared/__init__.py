"""The product itself: domain, use cases, adapters and the one place that wires them.

Has no triggers.
"""
