"""A background whose nodes have errors of their own is smoothed as far as stations ask for it."""
