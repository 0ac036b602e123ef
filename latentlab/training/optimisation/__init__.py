"""Losses, schedules and optimisers of training."""
