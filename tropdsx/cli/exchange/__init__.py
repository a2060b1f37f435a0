"""Commands that give delays to other programs."""
