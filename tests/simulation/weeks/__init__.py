"""The long mode of the simulation: weeks of virtual time, with people who change their minds."""
