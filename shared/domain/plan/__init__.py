"""The plan: which machines get a job, and which jobs may miss their deadline."""
