"""The network on coarse nodes, trained on pairs made by thinning."""
