"""Encoder, heads, decoder, sampler: text to latents and back. Knows neither corpora nor files of weights."""
