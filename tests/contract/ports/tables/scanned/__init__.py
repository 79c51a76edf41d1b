"""What scans store: the suites of the inventory, of exempt machines and of scan status."""
