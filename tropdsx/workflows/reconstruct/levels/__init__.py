"""A field on levels from sparse profiles and its surface: any variable, modes of the profiles."""
