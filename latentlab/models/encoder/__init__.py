"""The frozen text encoder: its files, its pin, its vectors."""
