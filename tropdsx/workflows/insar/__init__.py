"""What InSAR wants of delays: a ladder of heights, and differences along the line of sight."""
