"""Write the lock files from the pins: every version with the sha256 of every file that the index has of it.

`make lock` runs it. Versions come from constraints.txt, those of tools and docs from their own lock
files, those of notebooks from both; without these they are the newest. torch has other files on other
indexes, and for Linux brings packages for CUDA that a CPU build does not want: they are left out. torch is
pinned by version, as are they.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = ("app", "minilm", "tensorboard", "wandb", "dev", "bench")
"""All but `hf`, which neither the demo nor a test installs."""
GROUPS = ("tools", "docs")
"""Each has an environment and a lock file of its own."""
_BY_VERSION = ("torch", "triton", "cuda-", "nvidia-")
_HEAD = (
    "# Written by `make lock`: each version with the sha256 of all its files, for any Python or platform.\n"
)


def main(uv: str) -> None:
    """Both files: what `make` installs, and what `make lock` and `make audit` themselves run."""
    wanted = ["pyproject.toml", *(f"--extra={name}" for name in EXTRAS), "--group=build"]
    resolved = _resolved(uv, [*wanted, "--constraints=constraints.txt"])
    (ROOT / "requirements.lock").write_text(_HEAD + without_torch(resolved))
    for group in GROUPS:
        lock = ROOT / f"{group}.lock"
        kept = [f"--constraints={lock.name}"] if lock.exists() else []
        lock.write_text(_HEAD + _resolved(uv, [f"--group={group}", *kept]))
    # Notebooks are run beside the package: a dependency of both has the version of constraints.txt.
    beside = ROOT / "notebooks.lock"
    _resolved(uv, ["--group=notebooks", "--constraints=constraints.txt", f"--output-file={beside.name}"])
    beside.write_text(_HEAD + beside.read_text())


def without_torch(resolved: str) -> str:
    r"""The lock without torch and what it brings for CUDA.

    >>> without_torch("torch==1 \\\n    --hash=sha256:a\ntorchless==1 \\\n    --hash=sha256:b\n")
    'torchless==1 \\\n    --hash=sha256:b\n'
    """
    kept, keep = [], True
    for line in resolved.splitlines(keepends=True):
        if not line.startswith(" "):
            name = line.partition("==")[0]
            keep = "sys_platform == 'emscripten'" not in line  # there is no torch for it
            keep &= not any(name == one or (one[-1] == "-" and name.startswith(one)) for one in _BY_VERSION)
        if keep:
            kept.append(line)
    return "".join(kept)


def _resolved(uv: str, wanted: list[str]) -> str:
    """What uv makes of it for every platform, asking the index that pip is set to."""
    form = ["--universal", "--python-version=3.11", "--generate-hashes", "--no-header", "--no-annotate"]
    command = [uv, "pip", "compile", "--quiet", *form, *wanted]
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    found = [line.partition("=")[2].strip("'") for line in asked.splitlines() if ".index-url=" in line]
    index = {"UV_DEFAULT_INDEX": found[-1]} if found else {}
    done = subprocess.run(command, cwd=ROOT, env=os.environ | index, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit("nothing was written")
    return done.stdout


if __name__ == "__main__":
    main(*sys.argv[1:])
