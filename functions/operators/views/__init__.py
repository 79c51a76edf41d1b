"""What operators get as JSON: one struct per view."""
