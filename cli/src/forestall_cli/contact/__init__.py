"""First contact: what Azure answers, asked with the login of az, as a file to share."""
