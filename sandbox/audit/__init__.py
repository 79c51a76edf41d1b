"""The auditor: whether a rehearsal kept the product's invariants, judged by what Azure's stand-in saw happen.

It reads the simulator's event log and the policy, never the app's tables, and shares no code with
the app: an auditor that reused the audited code would repeat its mistakes.

    events -> history (who was in flight from when to when, who called what) -> rules -> violations
"""
