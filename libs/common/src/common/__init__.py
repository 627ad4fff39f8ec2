"""Words of the field, contracts of the bus, and the bus itself."""
