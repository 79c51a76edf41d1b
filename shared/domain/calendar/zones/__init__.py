"""Time zones by name, from the packaged tzdata alone: the files of the host play no part."""
