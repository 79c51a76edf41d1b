"""The kinds of windows and blackouts, one per module. Each lists its intervals in a span."""
