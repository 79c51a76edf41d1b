"""What Azure says of a machine: its name, its state, its maintenance, its placement, its responses."""
