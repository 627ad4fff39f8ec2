"""What SMSCs and SMS companies are asked and answer, in our words, and parts that make a whole."""
