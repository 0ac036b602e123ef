"""Commands that measure and decode."""
