"""The six mail services, one module each, behind the port MailService.

Each checks its proof and makes its mails one kind.
"""
