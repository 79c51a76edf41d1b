"""Raw mails: split into parts, decoded and read, in linear time and within limits."""
