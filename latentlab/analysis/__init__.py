"""Orchestration: sentences and checkpoints in, reports out. Arithmetic lives in the rooms below.

`anisotropy` measures clouds, `reconstruct` what survives the trip to the latent and back, `projection` draws
maps; `load` finds and loads several checkpoints at once.
"""
