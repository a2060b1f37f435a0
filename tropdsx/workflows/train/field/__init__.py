"""The U-Net on fine fields, trained as TropDS trains it."""
