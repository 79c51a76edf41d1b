"""The semaphore: how many machines of a scope are in flight, and which job is next."""
