"""Messages to targets outside: texts, forms, answers, and how often."""
