"""What the settings say, and what is said of them."""
