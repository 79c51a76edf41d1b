"""The suite of the port Poster, against a stand-in for targets on this machine."""
