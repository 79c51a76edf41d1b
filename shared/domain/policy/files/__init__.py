"""The policy as files: a platform file and one file for each owner, read, layered and proved."""
