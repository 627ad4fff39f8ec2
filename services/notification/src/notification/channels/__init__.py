"""The ways to reach people: one file each, strangers to one another."""
