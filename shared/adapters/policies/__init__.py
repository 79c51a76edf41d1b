"""The published policy, read from files on this machine or from a container of Blob Storage."""
