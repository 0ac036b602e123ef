"""Reports as they are shown on a terminal."""
