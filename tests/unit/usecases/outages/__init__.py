"""Service issues of Azure hold new starts in their regions."""
