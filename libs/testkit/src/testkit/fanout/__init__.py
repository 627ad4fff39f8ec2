"""One alert to a crowd, measured: by our notification, and by whatever else is beside it."""
