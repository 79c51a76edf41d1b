"""What an operator does: command a job, pause, lift a halt, release a lease."""
