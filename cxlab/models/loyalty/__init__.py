"""What goes with loyalty: models of an outcome on touchpoint experiences, and what they imply."""
