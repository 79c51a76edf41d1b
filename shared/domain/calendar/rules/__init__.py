"""The kinds of windows and blackouts, one module each.

All answer one question: which intervals overlap a span of time.
"""
