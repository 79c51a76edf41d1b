"""One step of one job: from the gates over the call to the verified machine."""
