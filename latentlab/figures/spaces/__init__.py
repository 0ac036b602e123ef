"""Figures of latent clouds: cone, spectrum, dimensions, rate, layers, maps."""
