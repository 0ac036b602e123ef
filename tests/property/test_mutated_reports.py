"""Reports with a few values changed: refused in one line, or drawn, written and printed whole."""

import json
import random

import figure_reports as made
import pytest

import latentlab as ll
from latentlab.errors import LatentlabError
from latentlab.figures import FIGURES, available
from latentlab.results import Report

HOSTILE = [None, True, -1, 0, 1e308, -1e308, 10**30, 2**53 + 1, 1e-320, 3.5, "", "x", [], [None], {}, [[]]]
REPORTS = {
    "spaces": lambda: made.spaces(("plain", "deterministic"), ("vib", "vib")),
    "file": lambda: made.of_file(made.pooled(n=40)),
    "layers": lambda: made.layers("a", "b"),
    "paths": lambda: made.paths("one", "two"),
}


def places(tree, at=()):
    """Where something stands, of long lists the first three."""
    parts = tree.items() if isinstance(tree, dict) else enumerate(tree[:3]) if isinstance(tree, list) else ()
    for key, value in parts:
        yield (*at, key)
        yield from places(value, (*at, key))


def change(tree, place, rng):
    for key in place[:-1]:
        tree = tree[key]
    kind = rng.randrange(4)
    if kind == 0 and isinstance(tree, dict):
        del tree[place[-1]]
    elif kind == 1 and isinstance(tree, list):
        del tree[rng.randrange(len(tree)) :]
    else:
        tree[place[-1]] = rng.choice(HOSTILE)


def refusal(path):
    """What is said of the report; None where it is drawn, written and printed."""
    try:
        report = Report.read(path)
        for name in available(report):
            FIGURES[name](report)
        read = ll.read(path)
        return None if read.tables() and repr(read) else "nothing"
    except LatentlabError as error:
        return error.message


@pytest.mark.parametrize("kind", REPORTS)
def test_a_changed_report_is_refused_or_shown(kind, tmp_path):
    whole, rng, path = REPORTS[kind](), random.Random(7), tmp_path / "report.json"
    known, refused = list(places(whole["results"])), 0
    for _ in range(40):
        document = json.loads(json.dumps(whole))
        change(document["results"], rng.choice(known), rng)
        path.write_text(json.dumps(document))
        said = refusal(path)
        assert said is None or (len(said) > 20 and "\n" not in said)
        refused += said is not None
    assert 0 < refused < 40
