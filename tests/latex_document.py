"""Documents that a LaTeX compiles, where there is one."""

import subprocess
from shutil import which

import pytest

needs_latex = pytest.mark.skipif(which("pdflatex") is None, reason="no LaTeX here")


def has_package(name: str) -> bool:
    """Whether this machine has a LaTeX with the package."""
    if which("kpsewhich") is None or which("pdflatex") is None:
        return False
    found = subprocess.run(["kpsewhich", f"{name}.sty"], capture_output=True, text=True, check=False)
    return bool(found.stdout.strip())


def check_compiles(folder, body, packages):
    """Fails with LaTeX's own words; what `body` includes lies in the folder."""
    preamble = rf"\documentclass{{article}}\usepackage{{{','.join(packages)}}}"
    document = rf"{preamble}\begin{{document}}{body}\end{{document}}"
    call = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", document]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True, check=False, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
