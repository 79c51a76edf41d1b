"""Messages to targets outside: collected by topic, sent at least once, each with its own id."""
