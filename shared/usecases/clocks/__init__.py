"""The second clock: a tick that does what the timers of the host left out."""
