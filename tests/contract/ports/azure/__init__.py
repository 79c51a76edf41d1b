"""The suite of the port Azure: in memory, and over the simulator."""
