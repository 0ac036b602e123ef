# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Two checkpoints compared
#
# `vib` was trained with a variational bottleneck, `baseline` without one; sentences and seed are the same.
# Did the bottleneck cure the cone? Is the space rounder, or is there only more noise in it? What did it
# cost?
#
# This page takes few sentences to be quick, so the intervals are wide. [answer.md](../answer.md) has the
# answer for 5,000 sentences.

# %%
import latentlab as ll

a, b = ll.load_all("data/checkpoints/baseline", "data/checkpoints/vib", offline=True)
N = 200

# %% [markdown]
# ## Side by side

# %%
r = ll.measure([a, b], n=N, offline=True)
for space in r:
    print(space.name, space.verdict)

# %% [markdown]
# Read the gate first. A collapsed posterior carries no information, and its other verdicts mean nothing. A
# head without a bottleneck has no posterior: NOT APPLICABLE.
#
# A checkpoint has several clouds. `pooled` is the vector of the frozen encoder, the same for both. `mu` is
# the latent point. `z` is a sample of the posterior, its noise included.

# %%
frame = r.to_frame()
shown = frame[frame.metric.isin(["mean_cosine", "isoscore_debiased"]) & (frame.cloud != "pooled_centred")]
shown.pivot(index=["metric", "name"], columns="cloud", values="value").round(3)

# %%
r.plot("overview")

# %% [markdown]
# The cone is in the encoder. It is gone in μ of both checkpoints, so the plain projection of `baseline` is
# enough. The variance of `vib` is evenly shared in z alone, and z is μ plus noise: the noise fills the
# dimensions that μ leaves empty. In the next figure a point is a dimension, with the variance of μ and the
# variance of the noise.

# %%
r.plot("mean_against_noise")

# %% [markdown]
# ## Is the difference real?
#
# `compare` measures both checkpoints on the same sentences. It says what differs, how surely, and what
# follows. The first checkpoint is the baseline. A difference is B − A, with a paired interval over
# sentences.

# %%
c = ll.compare(a, b, n=N, offline=True)
frame = c.to_frame()
shown = frame[frame.verdict.notna() & frame.ci95_low.notna()]
shown.set_index("metric")[["cloud", "delta", "ci95_low", "ci95_high", "verdict"]].round(3)

# %% [markdown]
# A verdict is about its axis: if IsoScore falls, anisotropy has INCREASED. The answers follow from the
# verdicts, and the claim follows from the answers.

# %%
c.answers

# %%
print(c.claim, "–", c.reason)

# %% [markdown]
# Each answer is a verdict with a rule ([metrics.md](../metrics.md)). The claim says whether *the bottleneck*
# cured anisotropy. It is about these two checkpoints, and another training seed may give another answer. If
# you have several runs of each condition, give them as `conditions=`. If you have a control with the same
# head and β = 0, compare all three: `ll.compare(a, b, control)`. Among the shipped checkpoints that is
# `bottleneck`.
#
# ## What did it cost?
#
# A round space is of no use if sentences do not come back. `reconstruct` encodes and decodes. These ten
# everyday sentences were written for this page; put your own in their place.

# %%
mine = [
    "The old man walked slowly to the river.",
    "Nobody told me that the shop was closed.",
    "I forgot my keys at the office again.",
    "She has never been to the sea.",
    "Can you call me when you get home?",
    "It was raining, so we stayed inside.",
    "My brother works at a hospital.",
    "You should not drive so fast.",
    "What did they say about the new school?",
    "The soup is still too hot to eat.",
]
back = ll.reconstruct([a, b], mine, offline=True)
back

# %%
for name, pairs in back.examples.items():
    print(name)
    for sentence, decoded in pairs:
        print("  =" if decoded == sentence else "  →", decoded)

# %% [markdown]
# `=` marks a sentence that came back word for word. Ten sentences say little, as the intervals show.
# [benchmarks.md](../benchmarks.md) has 1,000 everyday sentences that were never seen in training.
# `ll.compare(a, b, task=True)` makes the cost a part of the comparison.
