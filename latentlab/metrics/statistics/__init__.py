"""Estimates and their uncertainty: intervals, jackknife, tests of differences, copies, groups."""
