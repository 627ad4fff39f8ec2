"""What is it, how urgent, whom does it concern, who must agree?."""
