"""The archive of jobs, in a table of its own."""
