"""The revisions of the store of the directory, in order."""
