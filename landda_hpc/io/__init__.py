"""Restart and history files, written in parallel where HDF5 can, with provenance."""
