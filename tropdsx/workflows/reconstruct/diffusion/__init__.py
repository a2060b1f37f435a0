"""A reconstruction by a network: what it sees, its mean and sigma, and members."""
