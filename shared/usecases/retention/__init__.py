"""Retention: ended jobs go to the archive, and old rows are removed."""
