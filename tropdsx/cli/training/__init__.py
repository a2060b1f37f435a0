"""The command that trains: its options and what it runs."""
