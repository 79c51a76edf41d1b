"""What of Azure's request limits the app may use, as values. Sends nothing."""
