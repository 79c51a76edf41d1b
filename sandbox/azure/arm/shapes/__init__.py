"""What Azure's JSON looks like: pure functions from the world to the bodies of answers."""
