"""Scans: find machines with planned maintenance, plan their jobs, end jobs whose wave is over."""
