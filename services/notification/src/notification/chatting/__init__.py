"""Chat through Apprise: where it may go, what it is told, and what became of it."""
