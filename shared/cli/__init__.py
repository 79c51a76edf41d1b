"""The command line: asks a running app over HTTP what operators want to know. Reads no state by itself."""
