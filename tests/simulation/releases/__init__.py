"""Two releases of the app over the same tables and queues, during an upgrade and a rollback.

This code is the older release, unchanged. The newer one is imitated: it runs the same code, and its
rows and messages have what this code does not know.
"""
