"""What scans store: the machines, those that are left alone, and where each scan stands."""
