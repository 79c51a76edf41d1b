"""Retention: what no open work needs any more goes to the archive, or is removed."""
