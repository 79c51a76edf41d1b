"""The command line: asks a running app over HTTP, and gives it an operator's word. Reads no state by itself."""
