"""The queues, over Azure Service Bus."""
