"""What the shipped checkpoints reach: reconstruction on sentences never seen in training, KL, cone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from latentlab.analysis.anisotropy.spaces_report import anisotropy
from latentlab.analysis.loading import filter_by_length, load_models
from latentlab.analysis.reconstruction_report import reconstruct
from latentlab.corpora import Corpus
from latentlab.results.jsonable import to_jsonable

REFINE = 2


def run(folder: Path, corpus: Corpus, n: int = 1000) -> dict[str, Any]:
    """By checkpoint: estimates on held-out and training sentences, KL over the entropy, gate and cosines."""
    models = load_models([folder])
    parts = {
        "held out": _some(models, corpus.split("test"), n),
        "train": _some(models, corpus.split("train"), n),
    }
    rebuilt = to_jsonable(reconstruct(models, parts).results)
    held_out = {"held out": parts["held out"]}
    refined = to_jsonable(reconstruct(models, held_out, refine=REFINE).results)
    cone = to_jsonable(anisotropy(models, parts["held out"], seed=0).results)
    results: dict[str, Any] = {"n": len(parts["held out"]), "corpus": corpus.name}
    by_model = zip(models, rebuilt["items"], refined["items"], cone["items"], strict=True)
    for model, item, better, cloud in by_model:
        results[model.name] = {
            "held_out": item["parts"]["held out"]["metrics"],
            "train": item["parts"]["train"]["metrics"],
            "refined": better["parts"]["held out"]["metrics"],
            "gate": cloud["gate"],
            "clouds": {name: {"metrics": c["metrics"]} for name, c in cloud["clouds"].items()},
            "posterior": (cloud["posterior"] or {}).get("metrics", {}),
            "width": model.config.head.width,
        }
    return results


def _some(models: Sequence[Any], part: Corpus, n: int) -> list[str]:
    return filter_by_length(models, list(part.sample(min(n, len(part)), seed=0).texts))[0]


def rows(q: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Reconstruction, rate and cone of the shipped checkpoints."""
    found = []
    for name, em, accuracy in (("baseline", 0.75, 0.90), ("vib", 0.60, 0.82)):
        for part, how in (("held_out", "greedy"), ("refined", f"{REFINE} rounds of search")):
            measures = q[name][part]
            got = measures["exact_match"]["value"], measures["token_accuracy"]["value"]
            what = f"held-out exact match / token accuracy, no oracle length, `{name}`, {how}"
            text = f"{shown(measures['exact_match'])} / {shown(measures['token_accuracy'])}"
            found.append((what, f"≥ {em} / ≥ {accuracy}", text, got[0] >= em and got[1] >= accuracy))
    vib = q["vib"]
    kl, entropy = (vib["held_out"][key]["value"] for key in ("kl", "entropy_bound"))
    dims = vib["gate"]["effective_dims"]  # a count would be filled by the floor of free bits
    found.append(
        (
            "`vib`: KL / H(x) (entropy bounded by the null branch), gate, effective dims of information",
            "1 … 2, passed, ≥ .05 d",
            f"{kl:.1f} / {entropy:.1f} nats = {kl / entropy:.2f} (a lower bound of KL / H), "
            f"{vib['gate']['verdict']}, {dims:.0f} of {vib['width']}",
            1 <= kl / entropy <= 2 and vib["gate"]["verdict"] == "PASSED" and dims >= 0.05 * vib["width"],
        )
    )
    cosine = q["baseline"]["clouds"]["pooled"]["metrics"]["mean_cosine"]
    found.append(("mean cosine of the pooled cloud", "≥ .5", shown(cosine, 3), cosine["value"] >= 0.5))
    for name in ("baseline", "centred", "bottleneck", "vib"):
        measures = q[name]["clouds"]["mu"]["metrics"]
        raw, centred = (measures[key] for key in ("mean_cosine", "mean_cosine_centred"))
        what = f"mean cosine of `{name}`'s latent, raw / centred"
        found.append((what, "reported", f"{shown(raw, 3)} / {centred['value']:.4f}", True))
    return found


def table(q: dict[str, Any]) -> list[str]:
    """Every reconstruction measure of every checkpoint, held out and train."""
    names = ("baseline", "centred", "bottleneck", "vib")
    lines = [
        f"## Reconstruction: {q['corpus']}, {q['n']} sentences of each part",
        "",
        "Greedy, 8 steps, z = μ, length from the latent. 95 % intervals over sentences. Held out: the test",
        "part of the hash split, never seen in training.",
        "",
        "| measure | part | " + " | ".join(f"`{n}`" for n in names) + " |",
        "|---|---|" + "---|" * len(names),
    ]
    for key in q["vib"]["held_out"]:
        for part, label in (("held_out", "held out"), ("refined", "held out, search"), ("train", "train")):
            cells = [shown(q[name][part].get(key)) for name in names]
            lines.append(f"| `{key}` | {label} | " + " | ".join(cells) + " |")
    return lines


def shown(estimate: dict[str, Any] | None, digits: int = 3) -> str:
    """Value and interval; a dash where there is none."""
    if not estimate or estimate.get("value") is None:
        return "–"
    value, ci = estimate["value"], estimate.get("ci95")
    number = f"{value:.{digits}f}" if abs(value) < 10 else f"{value:.1f}"
    if not ci:
        return number
    low, high = (f"{x:.{digits}f}" if abs(value) < 10 else f"{x:.1f}" for x in ci)
    return f"{number} [{low}, {high}]"
