"""The least time that a wave can take: one program, by which the demo and benchmarks are judged."""
