"""Amazon SNS: which hosts are its own, and whether it signed a message."""
