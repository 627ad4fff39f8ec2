"""What is said on the bus, one file per speaker."""
