"""Microsoft Graph over HTTP, and the subscription through which it reports new mails."""
