"""JetStream, the same everywhere: consume, publish, ask, and one provisioner."""
