"""Raw mails: taken apart, decoded and read, in time with their length and within limits."""
