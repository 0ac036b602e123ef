"""Slow, literal versions of every metric, and the clouds to compare them on."""
