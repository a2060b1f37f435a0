"""From sparse observations and a coarse grid to one fine analysis with its sigma."""
