"""The product without its triggers: domain, use cases, ports and adapters."""
