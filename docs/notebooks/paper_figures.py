# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Figures for a paper
#
# You have two checkpoints and a paper to write. You need figures of the right size, tables, and a paragraph
# that claims no more than was found.

# %%
import gzip
import json
import tempfile
from itertools import islice
from pathlib import Path

from IPython.display import Image, Markdown

import latentlab as ll

with gzip.open("data/sentences.jsonl.gz", "rt", encoding="utf-8") as lines:
    texts = [json.loads(line)["text"] for line in islice(lines, 250)]

a, b = ll.load_all("data/checkpoints/baseline", "data/checkpoints/vib", offline=True)
paper = Path(tempfile.mkdtemp()) / "paper"

# %% [markdown]
# ## Everything at once
#
# `study` measures, compares, interpolates and adds noise. It writes all figures at the size of a venue, all
# tables, and a results section. This page takes few sentences to be quick, so the intervals are wide. The
# defaults are 5,000 sentences and 200 pairs.

# %%
few = {"texts": texts, "n": 100, "pairs": 2}
files = ll.study([a, b], paper, **few, venue="acl", width="column", offline=True)
print(len(files), "files; without those of the figures:")
print(*(name for name in files if not name.startswith("figures/")), sep="\n")

# %% [markdown]
# Each figure is a PDF for the paper and a PNG. The CSV has the numbers of the figure, and the JSON says
# where they come from. This figure has the width of a column in ACL's style:

# %%
print(*(name for name in files if "spectrum" in name), sep="\n")
Image(paper / "figures" / "anisotropy-spectrum.png", width=291)

# %% [markdown]
# ## The results section
#
# The sentences are fixed. The numbers, intervals and verdicts are those of the reports. Copy what you need
# from `results.md` or `results.tex`.

# %%
section = (paper / "results.md").read_text("utf-8")
Markdown(section.replace("# ", "### "))

# %% [markdown]
# ## A figure again, without a model
#
# A report is a file. `read` gives it back, and `plot` draws any of its figures, in one style whatever your
# matplotlib is set to. The same report gives the same figure.

# %%
r = ll.read(paper / "reports" / "anisotropy.json")
figure = r.plot("kl_per_dimension")
figure.savefig(paper.parent / "kl.pdf")
figure

# %% [markdown]
# `save(folder)` of any report writes the report, its tables and its figures. An unknown name lists the
# figures that there are:

# %%
try:
    r.plot("?")
except ll.LatentlabError as error:
    print(error, error.hint, sep="\n")

# %% [markdown]
# ## A table
#
# The tables are CSV, parquet and LaTeX. The LaTeX needs the package `booktabs`; its first lines say what
# belongs in the caption.

# %%
print((paper / "tables" / "interpolate.tex").read_text("utf-8"))
