"""Microsoft's own live tests of azure-servicebus, run unmodified against the broker.

None of them is kept here.

    python -m sandbox.azure.servicebus.conformance            all of them, about 12 minutes
    python -m sandbox.azure.servicebus.conformance --quick    the quick ones

The tests are in the source distribution of the pinned SDK version; They import tooling of
Microsoft's repository, which stand_ins/ replaces. Apart from TLS, this is the only difference from
a run in Azure.
"""
