# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Interpolation and noise
#
# Is there a sentence between two sentences? How far can a latent move before another sentence is decoded?
# This page asks a model without a bottleneck (`baseline`) and a model with one (`vib`).

# %%
import gzip
import json
from itertools import islice

import latentlab as ll

a, b = ll.load_all("data/checkpoints/baseline", "data/checkpoints/vib", offline=True)
with gzip.open("data/sentences.jsonl.gz", "rt", encoding="utf-8") as lines:
    texts = [json.loads(line)["text"] for line in islice(lines, 500)]

# %% [markdown]
# ## One path
#
# `interpolate` encodes both sentences, and decodes points between the two latents.

# %%
ends = "She reads a book in the garden.", "They will travel to Japan next year."
p = ll.interpolate([a, b], *ends, steps=9, offline=True)
for name, paths in p.paths.items():
    print(name, *paths[0], sep="\n  ")

# %% [markdown]
# `path` chooses how the points are drawn. The default is `slerp_radius` for a variational head and
# `whitened` for others ([all kinds](../moves.md)). The next cell shows the inner points of four kinds in
# `vib`.

# %%
for path in ("linear", "slerp_radius", "norm_corrected", "whitened"):
    inner = ll.interpolate(b, *ends, steps=5, path=path, offline=True).texts[1:-1]
    print(path, *inner, sep="\n  ")

# %% [markdown]
# ## Many paths, scored
#
# One path proves nothing. With `pairs`, each path is scored, and the same scores are given for baselines:
# `copy` jumps from one end to the other, `mixed` mixes the words of both. No score is a verdict, because a
# jump is best at some of them.
#
# Fluency is judged by a 5-gram model of the training part of `texts`. These are few, to be quick.

# %%
pairs = [
    ("The cat is sleeping.", "The dog is running."),
    ("She is ill.", "She was ill."),
    ("Did Tom buy a car?", "Did Mary sell a house?"),
    ("I like apples.", "We do not like the winter."),
]
scored = ll.interpolate([a, b], pairs=pairs, steps=7, texts=texts, offline=True)
frame = scored.to_frame()
wanted = ["fluency", "monotone_shift", "largest_step_share", "distinct", "endpoint_fidelity"]
shown = frame[frame.metric.isin(wanted) & frame.source.isin(["checkpoint", "copy", "mixed"])]
shown.pivot(index=["name", "source"], columns="metric", values="value")[wanted].round(2)

# %% [markdown]
# `fluency` is a ratio of perplexities, the points between the ends over the two ends: 1 is as fluent as the
# ends, more is worse. Two scores show a jump: it has two distinct sentences, and one step is the whole path.
# The figure shows meaning and fluency along the paths, as means over the pairs.

# %%
scored.plot("path_strips")

# %% [markdown]
# ## Through noise
#
# `noise` adds white noise to μ, decodes, and compares the result with the sentence. At 0 dB the noise has
# the same variance as the latents. *Half error* is the level at which the token error rate is halfway to
# that of another sentence. The lower it is, the more noise the model bears.

# %%
sweep = {"low": -12, "high": 12, "step": 4, "seeds": 1}
s = ll.noise([a, b], texts[:16], **sweep, constellation=False, offline=True)
s

# %%
s.plot("waterfall")

# %% [markdown]
# A curve further to the left bears more noise. The right end of a curve shows the cost: do all sentences
# come back without noise? The next cell shows one sentence at each level.

# %%
for item in s.results.items:
    print(item.name)
    for point, text in zip(item.points, item.example.points, strict=True):
        print(f"  {point.snr_db:>4.0f} dB  {text}")

# %% [markdown]
# A variational head has noise of its own, the width of its posterior. The last cell compares samples of the
# posterior with white noise of the same power. If the posterior has the lower error rate, its noise is in
# directions that the decoder does not use.

# %%
own = s.results.items[1].posterior
print("token error rate:", own.ter, "from the posterior,", own.ter_white, "with white noise")
