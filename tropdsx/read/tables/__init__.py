"""Tables of text as people keep them: separators, decimal commas, units in headings, dates."""
