"""Say and draw what a Dataset, a result or an evaluation holds."""
