"""Notices: check who sent one, record it, and request the scans that it asks for."""
