"""What is published beside the package of a release."""
