"""What an atmosphere and the land exchange."""
