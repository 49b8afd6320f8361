"""The Noah land surface model, version 3.3 and its variant 2.7.1."""
