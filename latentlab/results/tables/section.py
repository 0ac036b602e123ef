r"""A results section filled with the numbers of reports, in Markdown and in LaTeX.

Sentences are fixed, numbers and words come from the reports: what a report does not say is not in it. Each
number stands with its 95 % interval.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from latentlab.metrics import Estimate
from latentlab.metrics.statistics.intervals import in_words
from latentlab.results.report import Report, interval_units
from latentlab.results.reports.comparison_results import ComparisonResults
from latentlab.results.reports.decoding_results import InterpolationResults
from latentlab.results.reports.noise_results import NoiseResults
from latentlab.results.reports.space_results import AnisotropyResults, VerdictResult
from latentlab.results.tables.escape import escape

Reports = Mapping[str, Report[Any]]
"""Each under the name of its command."""
_CLOUDS = {"pooled": "the encoder's pooled vectors", "mu": "μ", "z": "sampled z"}
_SCORES = {
    "endpoint_fidelity": "share of ends that come back",
    "kept": "share of right middles",
    "fluency_middle": "perplexity of the middle over that of the ends",
    "monotone_shift": "monotone shift",
    "largest_step_share": "largest step share",
}
_AXES = {"anisotropy_z": "anisotropy of z"}
_ASKED = {
    "cone gone": "Is the cone gone?",
    "centring": "Would centring have done the same?",
    "covariance": "Is the covariance rounder, in μ and not only in z?",
    "cost": "At what cost?",
    "decoder": "Does the decoder use z?",
    "control": "Is the control without a bottleneck as good?",
}
_SIDES = {
    "above": "That of {} is worse than halfway even at the highest SNR.",
    "below": "That of {} is better than halfway even at the lowest SNR.",
    "nowhere": "{} errs as often without noise as by chance.",
}
"""Where a token error rate never crosses its half within the sweep."""
_SIGNS = {"±": r"$\pm$", "μ": r"$\mu$", " %": r"\,\%", "–": "--"}
"""What the fixed sentences have that LaTeX wants written otherwise."""
Paragraph = tuple[str, list[str]]
"""A heading and its sentences."""


def section_markdown(reports: Reports) -> str:
    """Headings and paragraphs in Markdown."""
    parts = ["# Results"]
    for heading, sentences in _paragraphs(reports, _markdown):
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
        body = re.sub(r"(?<=\.)(\d+)e(\d+)\b", r"\1$\\times 10^{\2}$", body)
        parts.append(rf"\paragraph{{{heading}.}} {body}")
    return "\n\n".join(parts) + "\n"


def _paragraphs(reports: Reports, name: Callable[[str], str]) -> Iterator[Paragraph]:
    if "anisotropy" in reports:
        yield "Cone and spread", list(_anisotropy(reports["anisotropy"], name))
    if "compare" in reports:
        yield "Difference", list(_compare(reports["compare"], name))
    if "interpolate" in reports:
        yield "Paths between sentences", list(_paths(reports["interpolate"], name))
    if "noise" in reports:
        yield "Noise", list(_noise(reports["noise"], name))


def _markdown(text: str) -> str:
    """Text that Markdown shows as it is."""
    return re.sub(r"([\\`*_{}\[\]<>|#$~])", r"\\\1", text)


def _anisotropy(report: Report[AnisotropyResults], name: Callable[[str], str]) -> Iterator[str]:
    inputs = report.inputs
    yield f"We measured {inputs['n']} sentences; intervals are 95 %, over {interval_units(inputs)}."
    for item in report.results.items:
        words = _words(item.verdict)
        yield f"{name(item.name)} ({item.kind}): collapse gate {item.gate.verdict}; {words}."
        if item.posterior and "kl_total" in item.posterior.metrics:
            yield f"Its KL is {in_words(item.posterior.metrics['kl_total'])} nats a sentence."
        for cloud, label in _CLOUDS.items():
            if cloud in item.clouds:
                metrics = item.clouds[cloud].metrics
                cosine, score = in_words(metrics["mean_cosine"]), in_words(metrics["isoscore_debiased"])
                yield f"On {label} the mean cosine is {cosine}, the debiased IsoScore {score}."


def _compare(report: Report[ComparisonResults], name: Callable[[str], str]) -> Iterator[str]:
    results = report.results
    yield f"A difference that is surely below {results.margin:g} reads UNCHANGED."
    for entry in results.comparisons:
        yield f"{name(entry.name)} against {name(entry.against)}: {_words(entry.axes)}."
        for key, label in {"mean_cosine": "mean cosine", "isoscore_debiased": "debiased IsoScore"}.items():
            if key in entry.metrics:
                yield f"The {label} of μ changes by {in_words(entry.metrics[key].delta, sign=True)}."
        if entry.answers:
            told = "; ".join(f"{_ASKED[key]} {found.verdict}" for key, found in entry.answers.items())
            yield f"{told}."
        claim = entry.claim
        yield f"That the bottleneck cured anisotropy reads {claim.verdict}: {name(claim.reason)}."
    yield name(results.says[:1].upper() + results.says[1:])


def _paths(report: Report[InterpolationResults], name: Callable[[str], str]) -> Iterator[str]:
    pairs, items = report.inputs["pairs"], report.results.items
    yield f"We walked between {pairs} pairs in {report.inputs['steps']} points."
    if len({item.path_kind for item in items}) > 1:
        yield "Each checkpoint has the path that is named, so the kinds of path differ as well."
    for item in items:
        told = _told((item.scores or {})["all pairs"], pairs)
        yield f"{name(item.name)} ({name(item.path_kind)}): {', '.join(told)}."
    copied = (items[0].baselines or {}).get("copy", {}).get("all pairs")
    if copied:
        yield f"A jump from one end to the other reads {', '.join(_told(copied, pairs))}."


def _told(scores: Mapping[str, Estimate], pairs: int) -> list[str]:
    """Scores with their intervals; how many pairs have one where it is not all of them."""
    known = {key: scores[key] for key in _SCORES if key in scores and scores[key].value is not None}
    rows = {key: "" if found.n in (None, pairs) else f" (n = {found.n})" for key, found in known.items()}
    return [f"{_SCORES[key]} {in_words(found)}{rows[key]}" for key, found in known.items()]


def _noise(report: Report[NoiseResults], name: Callable[[str], str]) -> Iterator[str]:
    n = report.inputs["n"]
    yield f"We sent {n} held-out sentences through white noise and read the token error rate."
    for item in report.results.items:
        half = item.half_error
        if half.snr.value is not None:
            yield f"That of {name(item.name)} is halfway between none and chance at {in_words(half.snr)} dB."
        else:
            yield _SIDES[half.side].format(name(item.name))


def _words(axes: Mapping[str, VerdictResult]) -> str:
    return ", ".join(f"{_AXES.get(axis, axis)} {found.verdict}" for axis, found in axes.items())
