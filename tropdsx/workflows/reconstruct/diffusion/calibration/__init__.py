"""How far a network is believed, and its sigma: what stations that are left out say of it."""
