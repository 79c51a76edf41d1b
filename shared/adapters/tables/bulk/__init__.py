"""Bulk requests: transactions and pages, encoded and decoded without the SDK's models."""
