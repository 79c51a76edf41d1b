"""Where the published policy is read: files on this machine, or a container of Blob Storage."""
