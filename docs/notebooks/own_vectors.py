# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Vectors of your own
#
# You have sentence vectors of some model. Is their space a cone? Which cheap cure helps, and what does it
# leave?
#
# Vectors are the rows of an array, a tensor, a column or a file ([all kinds](../vectors.md)). This page
# takes the vectors of MiniLM, the frozen encoder of the shipped checkpoints, for 800 shipped sentences.
# Put your own in their place: an array of floating-point numbers of shape (n, d).

# %%
import gzip
import json
from itertools import islice

import numpy as np

import latentlab as ll

with gzip.open("data/sentences.jsonl.gz", "rt", encoding="utf-8") as lines:
    texts = [json.loads(line)["text"] for line in islice(lines, 800)]

x = ll.encode("data/checkpoints/baseline", texts, cloud="pooled", offline=True).vectors
x.shape, x.dtype

# %% [markdown]
# ## One call
#
# `measure` gives every metric, most with a 95 % interval, and a verdict for each axis.

# %%
r = ll.measure(x)
r.verdict

# %%
for name in ("mean_cosine", "isoscore_debiased", "effective_rank_debiased"):
    print(f"{name:<26}{r[name]}")

# %% [markdown]
# The mean cosine of two sentences is 0 in a space without a cone. The verdict on the cone depends on it:
# SLIGHT from .1, MODERATE from .25, STRONG from .5. IsoScore answers another question: over how many
# directions is the variance shared? It is 1 if all directions have the same variance, and 0 if one direction
# has all of it. [metrics.md](../metrics.md) says what each metric can and cannot say.
#
# An `Estimate` works as a number in comparisons and formats. Its parts are attributes.

# %%
cone = r["mean_cosine"]
print(f"{cone:.3f}", cone.ci95, cone.n, cone > 0.5)

# %% [markdown]
# The first figure shows the cosines of all pairs, and those of random directions. The second shows the
# variance of each direction, and that of a round cloud of the same n and d.

# %%
r.plot("cosine_histogram")

# %%
r.plot("spectrum")

# %% [markdown]
# ## Three cheap cures
#
# Centring subtracts the mean. All-but-the-top (ABTT) also removes the leading direction. Whitening gives all
# directions the same variance. Each is fitted on one half of the rows and applied to the other half: on the
# rows of the fit, the result would be true by construction.

# %%
fitted_on, held_out = x[:400], x[400:]
cures = {"centred": ll.Centring(), "ABTT": ll.ABTT(k=1), "whitened": ll.Whitening(shrinkage=0.01)}
spaces = {"raw": held_out} | {name: t.fit(fitted_on).transform(held_out) for name, t in cures.items()}

both = ll.measure(spaces)
{name: (space.verdict["cone"], space.verdict["anisotropy"]) for name, space in both.spaces.items()}

# %%
frame = both.to_frame()
shown = frame[frame.metric.isin(["mean_cosine", "isoscore_debiased", "top1_variance_share"])]
shown.pivot(index="name", columns="metric", values="value").loc[list(spaces)].round(3)

# %% [markdown]
# The cone and the unequal variance are two things. Centring removes the cone. It does not change the
# covariance, so `raw` and `centred` have the same IsoScore. Whitening changes the covariance; with 400 rows
# for 384 dimensions the fit is rough, and more rows help. A model that claims to cure anisotropy has to be
# compared with these cures.

# %%
both.plot("overview")

# %% [markdown]
# ## What is refused
#
# `measure` takes vectors and nothing else. An error is one line with a hint.

# %%
for wrong in (np.arange(12).reshape(3, 4), texts[:2]):
    try:
        ll.measure(wrong)
    except ll.LatentlabError as error:
        print(error)

# %% [markdown]
# Next: [save and draw](paper_figures.py) a report, or measure [your own encoder](own_encoder.py) layer by
# layer.
