"""The simulator against Microsoft's own client library, and against recorded responses."""
