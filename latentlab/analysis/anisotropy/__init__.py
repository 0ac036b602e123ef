"""Clouds measured, one beside the other: checkpoints, files of vectors, layers of encoders."""
