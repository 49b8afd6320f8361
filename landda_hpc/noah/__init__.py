"""The Noah 3.3 land surface model."""
