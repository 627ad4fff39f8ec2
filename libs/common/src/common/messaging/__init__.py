"""JetStream, the same everywhere: one way to consume, one to publish, one to ask, one provisioner."""
