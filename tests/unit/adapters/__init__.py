"""The adapters one by one: what they make of Azure's answers, and what they do when nothing answers."""
