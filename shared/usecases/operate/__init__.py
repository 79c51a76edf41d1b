"""What an operator does.

List jobs, locks and pauses, explain a machine, command a job, pause, release leases.
"""
