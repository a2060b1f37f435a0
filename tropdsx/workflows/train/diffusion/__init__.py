"""The learned mean of a reconstruction, and the diffusion of its residual, trained."""
