"""What a patch becomes before a network sees it: normalised, spoilt, turned, partly hidden."""
