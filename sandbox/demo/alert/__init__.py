"""Azure Monitor's part in a rehearsal: a Service Health alert for each wave."""
