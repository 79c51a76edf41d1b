"""The published figures, each measured against a limit or a peer in the same run."""
