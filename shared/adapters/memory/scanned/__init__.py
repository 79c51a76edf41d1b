"""What scans store, in memory."""
