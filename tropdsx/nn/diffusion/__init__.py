"""A learned mean with its sigma, and the diffusion of what it leaves: networks on tensors."""
