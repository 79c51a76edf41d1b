"""A stand-in for Azure Service Bus.

Queues and topics over AMQP 1.0, in memory, standard library only.

It is not Azure and not Microsoft's emulator, and it never pretends to be: no TLS, no WebSockets, no
administration API, no transactions, no rules on subscriptions. docs/sandbox/servicebus.md has the
whole list.

    amqp/       types and frames           bytes <-> values, no meaning
    broker/     queues, locks, sessions    no sockets; the clock is an argument
    wire/       connections, links, $cbs   AMQP on one side, the broker on the other
"""
