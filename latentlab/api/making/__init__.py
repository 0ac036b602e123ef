"""Calls that make files: checkpoints of sentences, vectors and maps of checkpoints, a paper's folder."""
