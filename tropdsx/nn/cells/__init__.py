"""The nodal network on regular grids: the nodes that matter, and all targets of a cell at once."""
