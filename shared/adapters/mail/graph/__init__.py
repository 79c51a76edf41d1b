"""Microsoft Graph: its mail notifications, and the subscription that sends them."""
