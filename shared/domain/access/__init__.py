"""Who acts, and what that person may do."""
