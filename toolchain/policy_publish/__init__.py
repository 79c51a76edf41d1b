"""Policy files as one version, for the container that the app reads."""
