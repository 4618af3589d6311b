"""How much of what is explained belongs to each touchpoint, and how sure its place is."""
