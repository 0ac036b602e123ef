"""Slow, literal versions of every measure, and the clouds to compare them on."""
