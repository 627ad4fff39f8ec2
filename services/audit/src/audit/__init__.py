"""What happened, and can it be proved?."""
