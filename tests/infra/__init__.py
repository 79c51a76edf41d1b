"""What is deployed: its posture, and that it says the same as the code."""
