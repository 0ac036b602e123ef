"""Small real reports to draw, and what every drawing has to keep to."""

from functools import cache

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from latentlab.analysis.anisotropy.cloud import centred_cloud, measure_cloud, state_of
from latentlab.analysis.anisotropy.spaces_report import Item, measure_latents
from latentlab.metrics import Gate, isotropic_reference
from latentlab.metrics.streaming.read_accumulator import measure_state
from latentlab.results import SCHEMA, to_jsonable

N, D = 200, 8


def pooled(seed=0, n=N, d=D):
    """A cone that dimension 2 makes."""
    x = np.random.default_rng(seed).standard_normal((n, d)) * np.linspace(1, 0.3, d)
    x[:, 2] += 3
    return x


@cache
def _measured(seed, kind):
    """Clouds and posterior of a checkpoint; a dead one has its means at the origin."""
    state = state_of(pooled(), seed=0)
    raw = measure_cloud(state)
    clouds = {"pooled": raw, "pooled_centred": centred_cloud(state, raw)}
    rng = np.random.default_rng([1, seed])
    mu = rng.standard_normal((N, D)) * np.geomspace(1, 0.02, D) + (0.5 if kind == "deterministic" else 0)
    if kind == "deterministic":
        return {**clouds, "mu": measure_cloud(state_of(mu, seed=0))}, None
    if kind == "dead":
        mu = mu * 1e-4
    logvar = np.log(np.clip(1 - mu.var(axis=0), 0.05, 1)) + np.zeros_like(mu)
    z = mu + np.exp(logvar / 2) * rng.standard_normal((N, D))
    latents, posterior = measure_latents(mu, logvar, z, seed=0)
    return {**clouds, **latents}, posterior


def item(name, seed, kind):
    clouds, posterior = _measured(seed, kind)
    gate = Gate("NOT APPLICABLE") if posterior is None else posterior.gate
    return Item(name, None, "deterministic" if posterior is None else "vib", clouds, gate, posterior)


def document(command, items, **results):
    """A report as figures take it, which may have less in it than a command writes."""
    found = {"items": items, **results}
    parts = {"command": command, "inputs": {}, "results": found, "provenance": {}}
    return to_jsonable({"schema": SCHEMA, **parts})


def spaces(*named):
    """The report of checkpoints, each a name and `deterministic`, `vib` or `dead`."""
    items = [item(name, seed, kind) for seed, (name, kind) in enumerate(named)]
    known = {name: {"fingerprint": None, "step": None, "encoder": ["sha", 3, "mean"]} for name, _ in named}
    return document("anisotropy", items) | {"provenance": {"checkpoints": known}}


def three():
    return spaces(("plain", "deterministic"), ("vib", "vib"), ("dead", "dead"))


def of_file(x, name="vectors"):
    """The report of one file of vectors."""
    one = Item(name, None, "vectors", {"latents": measure_cloud(state_of(x, seed=0))}, Gate("NOT APPLICABLE"))
    return document("anisotropy", [one])


@cache
def _layer(layer, seed):
    x = pooled(seed) + layer
    measures = {key: value.estimate for key, value in measure_state(state_of(x, seed=0)).items()}
    size = {"layer": layer, "n": N, "d": D}
    return {**size, "metrics": measures, "reference": isotropic_reference(N, D, seed=0)}


def layers(*names, count=3):
    items = [
        {
            **{"name": name, "path": None, "sha256": None, "pooling": "mean", "checkpoints": [], "read": []},
            **{"warnings": [], "layers": [_layer(layer, seed) for layer in range(count)]},
        }
        for seed, name in enumerate(names)
    ]
    return document("layers", items)


def paths(*names, steps=11):
    t = np.linspace(0, 1, steps)
    items = [
        {
            **{"name": name, "path": None, "kind": "vib", "path_kind": "slerp", "paths": []},
            "curves": {
                "alpha": t.tolist(),
                "step": np.full(steps - 1, 0.1).tolist(),
                "shift": (t - 0.5 + 0.1 * i).tolist(),
                "fluency": (1 + t * (1 - t)).tolist(),
                "norm": (10 + t).tolist(),
                "mahalanobis": (12 - t).tolist(),
                "prior_log_density": None,
                "ci95": {
                    **dict.fromkeys(("step", "fluency", "norm", "mahalanobis", "prior_log_density")),
                    "shift": [(t - 0.6 + 0.1 * i).tolist(), (t - 0.4 + 0.1 * i).tolist()],
                },
                "n": 40,
            },
        }
        for i, name in enumerate(names)
    ]
    return document("interpolate", items, scores={}, scoring_layer=None, fluency_lm=None)


def legend_texts(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def titles(figure):
    return [axes.get_title(loc="left") for axes in figure.axes]


def assert_nothing_overlaps(figure):
    """No two texts of a figure lie on one another, and none is cut off."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    texts = [text for legend in figure.legends for text in legend.get_texts()]
    for axes in figure.axes:
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            ticks = axis.get_major_ticks()
            texts += [tick.label1 for tick in ticks if min(low, high) <= tick.get_loc() <= max(low, high)]
        texts += [axes._left_title, axes._right_title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
    boxes = [
        # Of an annotation the text alone, without the line that leads to it.
        (text.get_text(), Text.get_window_extent(text, renderer))
        for text in texts
        if text.get_text() and text.get_visible()
    ]
    assert len(boxes) > 5
    for i, (first, a) in enumerate(boxes):
        assert a.x0 >= -2, first
        assert a.x1 <= figure.bbox.x1 + 2, first
        for second, b in boxes[i + 1 :]:
            apart = a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 + 1 or b.y1 <= a.y0 + 1
            assert apart, (first, second)
