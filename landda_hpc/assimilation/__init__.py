"""How changes of soil moisture, from perturbations or an analysis, enter the land state."""
