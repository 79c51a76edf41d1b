"""Large waves with Azure's request limits on: how long they take, and how long they have to."""
