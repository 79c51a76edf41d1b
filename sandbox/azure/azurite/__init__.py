"""Azure Tables, Blobs and Queues on this machine: starts and stops Microsoft's emulator Azurite.

It emulates nothing itself. Where Azurite deviates from Azure is written down in
docs/development.md.
"""

from sandbox.azure.azurite.launcher import Azurite, AzuriteNotStarted, Ports

__all__ = ["Azurite", "AzuriteNotStarted", "Ports"]
