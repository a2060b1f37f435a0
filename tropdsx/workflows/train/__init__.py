"""Train networks on fields of the user's own."""
