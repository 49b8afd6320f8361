"""Simulators of satellite products: orbits flown over a truth, files written in each product's native layout."""
