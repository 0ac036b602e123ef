"""Commands that make, look at and convert checkpoints."""
