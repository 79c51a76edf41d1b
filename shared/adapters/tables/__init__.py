"""The stores, over Azure Table Storage."""
