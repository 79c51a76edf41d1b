"""One message of a queue: its handler, its deadline, and what follows if the handler fails."""
