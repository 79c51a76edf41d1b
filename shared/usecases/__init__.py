"""What the product does: one use case per file, over ports, without SDKs and triggers."""
