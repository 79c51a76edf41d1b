"""The suite of the Graph subscription: in memory, and over a stand-in for Graph."""
