"""Latents sent through noise and decoded."""
