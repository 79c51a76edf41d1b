"""Maintenance mails: who sent a mail, what it says, and the subscription that delivers it."""
