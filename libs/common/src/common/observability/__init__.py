"""What can be seen of a running service: logs, metrics, traces and health."""
