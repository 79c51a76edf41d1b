"""The second address of the operations: for people who signed in, without a function key."""
