"""What the machine must do: locks, threads, signals, hashes, outputs that are whole or absent."""
