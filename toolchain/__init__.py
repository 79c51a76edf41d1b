"""What checks, generates and measures this repository. Never imported by the app, never deployed."""
