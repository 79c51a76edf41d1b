"""What is drawn for the machines of a seed: their health checks, and what is unusual about them."""
