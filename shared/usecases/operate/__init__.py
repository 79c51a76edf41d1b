"""What an operator does: list jobs, locks and pauses, explain a machine, command a job, pause, release leases."""
