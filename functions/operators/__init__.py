"""HTTP triggers for operators: reading jobs and locks, giving commands."""
