"""The kentongan command: start, alert, audit, directory, doctor."""
