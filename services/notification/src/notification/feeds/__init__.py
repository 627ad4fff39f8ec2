"""What stands in a feed: documents, the lists of them, and the map of what is in force."""
