"""Messages to people and programs outside: what they say, for whom, when, and in which form."""
