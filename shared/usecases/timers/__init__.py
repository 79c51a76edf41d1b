"""What the timers do, part by part."""
