"""What policy files would do: check them, compare them with those in force, list versions."""
