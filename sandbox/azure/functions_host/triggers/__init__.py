"""What starts a function: timers, queues and HTTP requests."""
