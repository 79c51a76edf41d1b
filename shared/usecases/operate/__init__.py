"""What an operator does: list jobs, semaphores and pauses, explain a machine, command a job, pause, release leases."""
