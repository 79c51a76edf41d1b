"""What an operator asks: jobs, machines, locks, pauses, scans, the plan, and why."""
