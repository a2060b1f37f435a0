"""Heights at which delays are wanted: of the ground, of a terrain, a ladder of them."""
