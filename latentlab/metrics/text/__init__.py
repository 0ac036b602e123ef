"""Metrics of texts: reconstruction, paths between sentences, noise, and tests for a table of sentences."""
