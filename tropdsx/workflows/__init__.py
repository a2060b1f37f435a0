"""What users do from end to end: convert, derive, evaluate, report, simulate, train."""
