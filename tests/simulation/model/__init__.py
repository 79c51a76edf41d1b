"""The protocol of the lock, explored in full.

Every order of every step of few workers and few machines.

The semaphore is the app's own (`shared.domain.lock.semaphore`). Around it stands a small model of
what the use cases do with it: claim the step, take the leases, save, call, follow, save, give back,
wake. Seeds sample; this one leaves nothing out, within its bounds. It has neither time nor the
contents of messages: what may happen at some time may happen at any time.
"""
