"""The rules of the audit, one module each.

Each gets a history, the policy, and whose calls are judged.
"""
