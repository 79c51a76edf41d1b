"""The rehearsal's processes.

Started in groups of their own, watched, and ended with the demo however it ends.

Nothing here knows what the processes do; `sandbox.demo.environment` does.
"""
