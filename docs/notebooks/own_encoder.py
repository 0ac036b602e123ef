# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # An encoder of your own
#
# The shipped checkpoints use MiniLM. You have another text encoder, in a folder of transformers. Which of
# its layers are cones? How is an autoencoder trained on it?
#
# This page uses no network, so it makes its own encoder: a BERT with four small layers and **random
# weights**. It was never trained, and its vectors mean nothing. For a real encoder, leave out the next cell
# and let `folder` be its folder.

# %%
import gzip
import json
import re
import tempfile
from itertools import islice
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

import latentlab as ll

with gzip.open("data/sentences.jsonl.gz", "rt", encoding="utf-8") as lines:
    texts = [json.loads(line)["text"] for line in islice(lines, 1000)]

special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
words = sorted({word for text in texts for word in re.findall(r"\w+|[^\w\s]", text.lower())})
ids = {word: i for i, word in enumerate([*special.values(), *words])}
split = Tokenizer(models.WordLevel(ids, unk_token="[UNK]"))
split.normalizer, split.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
ends = [(end, ids[end]) for end in ("[CLS]", "[SEP]")]
split.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
tokenizer = PreTrainedTokenizerFast(tokenizer_object=split, model_max_length=64, **special)

torch.manual_seed(0)
sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4}
model = BertModel(BertConfig(vocab_size=len(ids), max_position_embeddings=64, **sizes)).eval()

place = Path(tempfile.mkdtemp())
folder = place / "tiny-bert"
model.save_pretrained(folder)
tokenizer.save_pretrained(folder)
sorted(path.name for path in folder.iterdir())

# %% [markdown]
# ## Its layers, by hand
#
# `measure` takes the vectors of any model: a forward pass is enough. Here the vector of a sentence is the
# mean of its token vectors, in each layer.

# %%
batch = tokenizer(texts[:300], padding=True, return_tensors="pt")


def pooled_layers(bert):
    """Mean over the tokens of each sentence, by layer."""
    mask = batch["attention_mask"][:, :, None]
    with torch.no_grad():
        states = bert(**batch, output_hidden_states=True).hidden_states
    return {f"layer {i}": (state * mask).sum(1) / mask.sum(1) for i, state in enumerate(states)}


by_hand = ll.measure(pooled_layers(model))
for name, space in by_hand.spaces.items():
    print(f"{name}: cone {space.verdict['cone']}, mean cosine {space['mean_cosine']}")

# %%
by_hand.plot("overview")

# %% [markdown]
# This encoder has learned nothing, and each of its layers is a cone. A cone alone does not mean bad
# training. What makes this one? The input of BERT is a sum of three vectors for each token: word, position
# and type. All tokens have one type. The next cell sets some of them to zero and measures layer 0 again.

# %%
for parts in ([], ["position"], ["token_type"], ["position", "token_type"]):
    bert = BertModel.from_pretrained(folder)
    for part in parts:
        torch.nn.init.zeros_(getattr(bert.embeddings, f"{part}_embeddings").weight)
    cone = ll.measure(pooled_layers(bert)["layer 0"])["mean_cosine"]
    print("zero:", " and ".join(parts) or "nothing", "→", cone)

# %% [markdown]
# The cone is what all sentences share: the type, the positions, and frequent tokens. In the last line only
# the tokens are left, and `[CLS]` and `[SEP]` are in every sentence.
#
# ## An autoencoder on top of it
#
# `train` reads the encoder from its folder, freezes it, and trains a head and a decoder. The preset `tiny`
# takes seconds. That is far too short to learn to write; it shows the calls and the files. For a real run,
# take `"vib"` and more sentences ([training.md](../training.md)).

# %%
run = ll.train("tiny", texts, place / "run", encoder=folder, offline=True)
m = ll.load(run, encoder=folder, offline=True)
known = ll.info(run)
encoder = known.config.encoder
print(f"{known.kind}, {known.step} steps, reads layer {encoder.layer} of {encoder.id}")

# %% [markdown]
# A checkpoint is measured on sentences. The table has a row for each cloud: the encoder's vector, the same
# after centring, the latent point μ, and the sample z of the posterior.

# %%
frame = ll.measure(m, texts=texts[:300]).to_frame()
shown = frame[frame.metric.isin(["mean_cosine", "isoscore_debiased"])]
shown.pivot(index="cloud", columns="metric", values="value").round(3)

# %% [markdown]
# The decoder has learned very little:

# %%
for sentence, decoded in ll.reconstruct(m, texts[:3]).examples["run"]:
    print(sentence, "→", decoded)

# %% [markdown]
# ## Its layers, by the checkpoint
#
# `measure_layers` does the same as the loop above, for the encoder of a checkpoint.

# %%
profile = ll.measure_layers(m, texts=texts[:300], encoder=folder)
layers = profile.results.items[0].layers
for found, space in zip(layers, by_hand, strict=True):
    print(f"layer {found.layer}: {found.metrics['mean_cosine']}, by hand {space['mean_cosine']}")

# %% [markdown]
# The last figure shows a trained encoder for comparison: MiniLM, which the shipped checkpoints use.

# %%
ll.measure_layers("data/checkpoints/vib", texts=texts[:200], offline=True).plot("layer_profile")
