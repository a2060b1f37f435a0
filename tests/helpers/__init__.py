"""What several test modules share: fields, paths, reference tables, short trainings."""
