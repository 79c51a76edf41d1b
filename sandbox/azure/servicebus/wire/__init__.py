"""AMQP connections on one side, the broker on the other.

SASL, sessions, links, $cbs and $management.
"""
