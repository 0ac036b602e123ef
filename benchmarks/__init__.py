"""Benchmarks: every number of docs/benchmarks.md, measured by `make bench`."""
