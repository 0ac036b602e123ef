"""The notebooks, executed: `make notebooks` runs it and fails on any error, `make docs` shows what came out.

A source is a script in jupytext's percent format in docs/notebooks. Each becomes a notebook with its outputs
and a page with its pictures, in build/notebooks.
"""

import base64
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "docs" / "notebooks"
OUT = ROOT / "build" / "notebooks"
NAMES = ("own_vectors", "own_encoder", "two_checkpoints", "interpolation_and_noise", "paper_figures")
"""In the order in which they are read."""
LIMIT = 180
"""Seconds for all of them, of the processor: a busy machine is no fault."""
_FENCE = "```"
_SURROUNDINGS = {
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONWARNINGS": "ignore:IProgress not found",  # of tqdm where there are no widgets
    "TQDM_DISABLE": "1",
}
_OWN = ("IPYTHONDIR", "JUPYTER_PATH", "JUPYTER_RUNTIME_DIR", "LATENTLAB_CACHE", "TMPDIR")
"""Places that belong to a run alone: nothing of the user's is read or written."""
_TIDY = {"record_timing": False, "coalesce_streams": True}


def main() -> None:
    """Execute all, and write them in place of the last ones if none failed."""
    import nbformat
    from ipykernel.kernelspec import write_kernel_spec

    made = OUT.with_name("notebooks.new")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(_SURROUNDINGS | dict.fromkeys(_OWN, folder))
        write_kernel_spec(f"{folder}/kernels/python3")  # this interpreter, whatever else is called so
        for name in NAMES:
            notebook = _executed(name)
            nbformat.write(notebook, made / f"{name}.ipynb")
            page, pictures = as_markdown(name, notebook)
            (made / f"{name}.md").write_text(page, "utf-8")
            for file, data in pictures.items():
                (made / file).write_bytes(data)
    used = _processor_seconds()
    print(f"all: {used:.0f} s of the processor, of {LIMIT}")
    if used > LIMIT:
        sys.exit(f"the notebooks take more than {LIMIT} s")
    shutil.rmtree(OUT, ignore_errors=True)
    made.rename(OUT)


def _executed(name: str) -> Any:
    """A notebook with its outputs; the error of its first cell that fails ends it all."""
    import jupytext
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError
    from traitlets.config import Config

    notebook = jupytext.read(SOURCES / f"{name}.py", fmt="py:percent")
    # Between processes: nothing listens on the network.
    config = Config(KernelManager={"transport": "ipc"})
    where = {"metadata": {"path": str(ROOT)}}
    client = NotebookClient(
        notebook, timeout=LIMIT, kernel_name="python3", resources=where, config=config, **_TIDY
    )
    began, used = time.monotonic(), _processor_seconds()
    try:
        client.execute()
    except CellExecutionError as error:
        sys.exit(f"docs/notebooks/{name}.py: {error}")
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    if said := [output.text for output in outputs if output.get("name") == "stderr"]:
        sys.exit(f"docs/notebooks/{name}.py warns: {''.join(said)}")
    print(f"{name}: {time.monotonic() - began:.0f} s, {_processor_seconds() - used:.0f} s of the processor")
    return notebook


def _processor_seconds() -> float:
    """Of all kernels that have ended."""
    used = os.times()
    return used.children_user + used.children_system


def as_markdown(name: str, notebook: Any) -> tuple[str, dict[str, bytes]]:
    """The page of an executed notebook, and its pictures by the names of their files."""
    files = f"[{name}.ipynb]({name}.ipynb), [{name}.py]({name}.py)"
    parts: list[str] = []
    pictures: dict[str, bytes] = {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(to_pages(cell.source))
            continue
        parts.append(f"{_FENCE}python\n{cell.source}\n{_FENCE}")
        for output in cell.outputs:
            data = output.get("data", {"text/plain": output.get("text", "")})
            if "image/png" in data:
                file = f"{name}-{len(pictures) + 1}.png"
                pictures[file] = base64.b64decode(data["image/png"])
                width = output.metadata["image/png"]["width"]
                parts.append(f'![{_called(cell.source)}]({file}){{ width="{width}" }}')
            elif "text/markdown" in data:
                parts.append(data["text/markdown"].strip())
            elif "text/html" in data:
                parts.append(_table(data["text/html"]))
            else:
                parts.append(f"{_FENCE}text\n{data['text/plain'].rstrip()}\n{_FENCE}")
    title, *rest = parts
    return "\n\n".join([title, f"To run it yourself, in a clone: {files}.", *rest]) + "\n", pictures


def to_pages(text: str) -> str:
    """Links to sources as links to their pages.

    >>> to_pages("[a](own_vectors.py), [b](notebooks/paper_figures.py), [c](setup.py)")
    '[a](own_vectors.md), [b](notebooks/paper_figures.md), [c](setup.py)'
    """
    return re.sub(rf"\]\(((?:notebooks/)?(?:{'|'.join(NAMES)}))\.py\)", r"](\1.md)", text)


def _called(source: str) -> str:
    """What a picture is called, by the cell that draws it."""
    return ["figure", *re.findall(r'"([\w-]+)(?:\.png)?"', source)][-1]


def _table(html: str) -> str:
    """A table as the site's theme draws it, in one block."""
    bare = re.sub(r"<style.*?</style>|<p>.*?</p>", "", html, flags=re.S)
    bare = bare.replace(' border="1" class="dataframe"', "")
    return "\n".join(line for line in bare.splitlines() if line.strip())


if __name__ == "__main__":
    main()
