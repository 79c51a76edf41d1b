"""The page for people: one HTML document without data, which reads the HTTP operations."""
