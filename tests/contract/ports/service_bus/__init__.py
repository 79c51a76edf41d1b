"""The suites of the queues: in memory, and over the broker."""
