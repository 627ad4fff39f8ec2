"""Who exactly, on which channel, in which words, and did it arrive?."""
