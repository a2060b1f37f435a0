"""What the shell is told: about this machine, what could come next, what a run would do."""
