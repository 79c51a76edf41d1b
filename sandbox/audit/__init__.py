"""The auditor: whether a run kept the product's invariants, by the log of Azure's stand-in.

It reads the simulator's event log and the policy, never the app's tables. It shares no code with
the app: an auditor that reused the audited code would repeat its mistakes.

    events -> history (who was in flight from when to when, who called what) -> rules -> violations
"""
