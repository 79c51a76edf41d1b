"""Policy files: reading them, publishing them, and what the app says about them."""
