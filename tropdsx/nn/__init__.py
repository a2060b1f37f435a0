"""Networks on tensors: layers, losses, optimisers and checkpoints."""
