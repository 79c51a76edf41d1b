"""Many rows at once: transactions and pages, encoded and decoded without the SDK's models."""
