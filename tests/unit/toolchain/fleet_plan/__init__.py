"""The plan of fleet files."""
