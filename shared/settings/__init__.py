"""The application settings: read from the environment, checked, and every problem named in one round."""
