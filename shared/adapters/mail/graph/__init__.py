"""Microsoft Graph over HTTP, and the subscription by which it tells us of mails."""
