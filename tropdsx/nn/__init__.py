"""Networks on tensors: torch and safetensors only; grids and files are the business of others."""
