"""What an operator does: command a job, pause, release leases, and ask why a machine waits."""
