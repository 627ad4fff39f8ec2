"""The revisions of intake's store."""
