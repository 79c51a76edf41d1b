"""The app over in-memory adapters on virtual time: what tests of several folders start from."""
