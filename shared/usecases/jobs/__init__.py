"""What several use cases do with a job: save it, take and release its locks, handle its failure."""
