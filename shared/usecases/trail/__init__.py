"""The export of the audit trail to a container that nobody can change."""
