"""What the product does, one use case per file, over ports. Uses no SDK and no trigger."""
