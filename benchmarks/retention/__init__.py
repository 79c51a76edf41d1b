"""What people and timers read, beside an archive of any size."""
