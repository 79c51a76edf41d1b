"""What Azure says of a machine.

Its name, its state, its maintenance, its placement, its responses.
"""
