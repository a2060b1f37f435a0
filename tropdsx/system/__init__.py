"""Services of the machine: locks, threads, signals, hashes, and outputs that are complete."""
