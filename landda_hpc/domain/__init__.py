"""Where the land points are and which rank owns which of them."""
