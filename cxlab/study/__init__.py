"""What was asked and answered: codebook, readers, states, Study."""
