r"""A results section filled with the numbers of reports, in Markdown and in LaTeX.

Sentences are fixed, numbers and words come from the reports: what a report does not say is not in it. Each
number stands with its 95 % interval.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from latentlab.results.escape import escape

Reports = Mapping[str, Mapping[str, Any]]
_CLOUDS = {"pooled": "the encoder's pooled vectors", "mu": "μ", "z": "sampled z"}
_SCORES = {
    "endpoint_fidelity": "share of ends that come back",
    "kept": "share of right middles",
    "fluency_middle": "perplexity of the middle over that of the ends",
    "monotone_shift": "monotone shift",
    "largest_step_share": "largest step share",
}
_AXES = {"anisotropy_z": "anisotropy of z"}
_SIGNS = {"±": r"$\pm$", "μ": r"$\mu$", " %": r"\,\%"}
"""What the fixed sentences have that LaTeX wants written otherwise."""
Paragraph = tuple[str, list[str]]
"""A heading and its sentences."""


def section_markdown(reports: Reports) -> str:
    """Headings and paragraphs in Markdown."""
    parts = ["# Results"]
    for heading, sentences in _paragraphs(reports, str):
        parts.append(f"## {heading}\n\n{' '.join(sentences)}")
    return "\n\n".join(parts) + "\n"


def section_latex(reports: Reports) -> str:
    r"""The same as \section and \paragraph; what comes from the reports is escaped."""
    parts = [r"\section{Results}"]
    for heading, sentences in _paragraphs(reports, escape):
        body = " ".join(sentences)
        for sign, command in _SIGNS.items():
            body = body.replace(sign, command)
        body = re.sub(r"(?<![\w.])-(?=\d)", "$-$", body)
        parts.append(rf"\paragraph{{{heading}.}} {body}")
    return "\n\n".join(parts) + "\n"


def _paragraphs(reports: Reports, name: Callable[[str], str]) -> Iterator[Paragraph]:
    if "anisotropy" in reports:
        yield "Cone and spread", list(_anisotropy(reports["anisotropy"], name))
    if "compare" in reports:
        yield "Difference", list(_compare(reports["compare"], name))
    if "interpolate" in reports:
        yield "Ways between sentences", list(_ways(reports["interpolate"], name))
    if "channel" in reports:
        yield "Noise", list(_channel(reports["channel"], name))


def _anisotropy(report: Mapping[str, Any], name: Callable[[str], str]) -> Iterator[str]:
    yield f"We measured {report['inputs']['n']} sentences; intervals are 95 %, over sentences."
    for item in report["results"]["items"]:
        gate, verdict = item["gate"], item["verdict"]
        words = _words(verdict)
        yield f"{name(item['name'])} ({item['kind']}): collapse gate {gate['word']}; {words}."
        posterior = item.get("posterior") or {}
        if posterior.get("kl_total"):
            yield f"Its KL is {_shown(posterior['kl_total'])} nats a sentence."
        for cloud, label in _CLOUDS.items():
            measures = item["clouds"].get(cloud, {}).get("measures", {})
            if measures:
                cosine, score = measures["mean_cosine"], measures["isoscore_debiased"]
                told = f"the mean cosine is {_shown(cosine)}, the debiased IsoScore {_shown(score)}"
                yield f"On {label} {told}."


def _compare(report: Mapping[str, Any], name: Callable[[str], str]) -> Iterator[str]:
    for entry in report["results"]["comparisons"]:
        yield f"{name(entry['name'])} against {name(entry['against'])}: {_words(entry['axes'])}."
        for key, label in {"mean_cosine": "mean cosine", "isoscore_debiased": "debiased IsoScore"}.items():
            if key in entry["measures"]:
                delta = entry["measures"][key]["delta"]
                yield f"The {label} of μ changes by {_shown(delta, sign=True)}."
        claim = entry["claim"]
        yield f"That the treatment made the space isotropic reads {claim['word']}: {name(claim['because'])}."
    results = report["results"]
    says = name(results["says"][:1].upper() + results["says"][1:])
    yield f"A difference below {results['margin']:g} counts as none. {says}"


def _ways(report: Mapping[str, Any], name: Callable[[str], str]) -> Iterator[str]:
    yield f"We walked between {report['inputs']['pairs']} pairs in {report['inputs']['steps']} points."
    for item in report["results"]["items"]:
        scores = item["scores"]["all pairs"]
        told = [f"{label} {_shown(scores[key])}" for key, label in _SCORES.items() if _known(scores[key])]
        yield f"{name(item['name'])} ({name(item['way'])}): {', '.join(told)}."
    copied = report["results"]["items"][0]["baselines"].get("copy", {}).get("all pairs")
    if copied:
        told = [f"{label} {_shown(copied[key])}" for key, label in _SCORES.items() if _known(copied[key])]
        yield f"A jump from one end to the other reads {', '.join(told)}."


def _channel(report: Mapping[str, Any], name: Callable[[str], str]) -> Iterator[str]:
    yield f"We sent {report['inputs']['n']} held-out sentences through white noise."
    for item in report["results"]["items"]:
        half = item["half_error"]["snr"]
        if _known(half):
            yield f"{name(item['name'])} has lost half of its tokens at {_shown(half)} dB."
        else:
            yield f"{name(item['name'])} loses half of its tokens outside the sweep."


def _words(axes: Mapping[str, Any]) -> str:
    return ", ".join(f"{_AXES.get(axis, axis)} {found['word']}" for axis, found in axes.items())


def _known(cell: Mapping[str, Any] | None) -> bool:
    return cell is not None and cell.get("value") is not None


def _shown(cell: Mapping[str, Any], *, sign: bool = False) -> str:
    """Three decimals, and half the width of the interval."""
    value, span = cell["value"], cell.get("ci95")
    text = f"{value:+.3f}" if sign else f"{value:.3f}"
    return text if not span else f"{text} ± {(span[1] - span[0]) / 2:.3f}"
