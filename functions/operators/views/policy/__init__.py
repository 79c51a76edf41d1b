"""Policy files, and the policy in force, as operators and programs see them."""
