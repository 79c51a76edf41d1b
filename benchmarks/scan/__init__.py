"""`make bench-scan`: what a scan costs, beside other ways to find the same machines."""
