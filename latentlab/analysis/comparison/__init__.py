"""Checkpoints against a baseline: who is compared with whom, differences, verdicts."""
