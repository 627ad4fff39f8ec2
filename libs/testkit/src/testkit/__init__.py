"""Builders, clocks, a real bus for tests, and contract suites."""
