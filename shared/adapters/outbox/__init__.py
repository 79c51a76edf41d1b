"""Posts to targets outside, to allowed addresses only."""
