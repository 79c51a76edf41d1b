"""What the product does, one verb a file, over ports. Knows no SDK and no trigger."""
