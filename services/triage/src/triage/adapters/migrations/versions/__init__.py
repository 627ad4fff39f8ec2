"""The revisions of the register's store, in the order of their numbers."""
