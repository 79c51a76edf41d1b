"""Inbound mail: the services that deliver it, and how raw mails, forms and headers are read."""
