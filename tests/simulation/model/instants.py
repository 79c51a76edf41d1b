"""The only two moments of the model: what has passed, and what has not."""

from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PAST = NOW - timedelta(days=1)
LEASE = timedelta(minutes=15)
