"""The dialects of inbound-mail services.

Each checks its own signature and makes their mails one kind. Judges no mail.
"""
