"""Networks on tensors. Torch and safetensors only; everything about grids and files is elsewhere."""
