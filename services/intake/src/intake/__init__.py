"""The outer edge: may this come in, and is it well formed?."""
