"""Which provider a message goes to: one rule in each file."""
