"""The dialects of inbound-mail services: each checks its own signature and makes their mails one kind. Judges no mail."""
