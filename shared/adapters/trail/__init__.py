"""The export of the audit trail in Blob Storage."""
