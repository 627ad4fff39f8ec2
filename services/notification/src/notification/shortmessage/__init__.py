"""What an SMSC says, in our words: statuses, states of a message, and parts that make a whole."""
