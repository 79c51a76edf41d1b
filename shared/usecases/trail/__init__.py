"""The audit trail is exported, to where nobody changes it."""
