"""What the ports of this service are made of: databases and the bus."""
