"""What the app answers, by subject."""
