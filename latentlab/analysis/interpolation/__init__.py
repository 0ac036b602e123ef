"""Paths between sentences: decoded, scored, set beside baselines."""
