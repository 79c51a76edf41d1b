"""The plan of all open jobs: when each machine starts, what holds it back, and what cannot fit."""
