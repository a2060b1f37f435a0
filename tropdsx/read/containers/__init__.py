"""Files together and inside other things: series, archives, groups, trees, other machines."""
