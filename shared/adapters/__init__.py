"""The ports over real services, one service per folder. SDK errors become our errors here."""
