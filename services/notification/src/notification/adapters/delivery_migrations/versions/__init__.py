"""The revisions of the store of delivery, in order."""
