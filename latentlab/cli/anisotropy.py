"""`latentlab anisotropy`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from latentlab.cli import loading, options, terminal
from latentlab.cli.table import ABSENT, Row, Section, decimals_for, number, print_table
from latentlab.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from latentlab.results import Report

USUAL_N = 5000
CLOUDS = {
    "pooled": "pooled: the frozen encoder's vector",
    "mu": "mu: the latent point",
    "z": "z: a sample from the posterior, its noise included",
}
MEASURES = {
    "mean_cosine": "mean cosine",
    "mean_cosine_centred": "mean cosine, centred",
    "mean_energy_ratio": "mean energy ratio",
    "isoscore_debiased": "IsoScore, debiased",
    "effective_rank": "effective rank",
    "top1_variance_share": "top-1 variance share",
}
POSTERIOR = {
    "kl_total": "KL, nats a sentence",
    "kl_total_bits": "KL, bits a sentence",
    "signal_share": "signal share",
}


def anisotropy(
    paths: options.Paths,
    corpus: options.Corpus = None,
    column: options.Column = None,
    n: Annotated[
        int | None,
        typer.Option(
            "--n", min=2, metavar="N", help=f"Sentences drawn; default: {USUAL_N}, or all of fewer."
        ),
    ] = None,
    seed: options.Seed = 0,
    encoder: options.Encoder = None,
    offline: options.Offline = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Also write report.json, table.csv, overview.pdf and .png there.", metavar="DIR"),
    ] = None,
    as_json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Set checkpoints side by side: cone, rank, collapse.

    Finds every checkpoint below each PATH and measures all of them on the same sentences.
    Read the collapse gate first: a collapsed posterior looks perfectly isotropic.

    Example:
      latentlab anisotropy data/checkpoints --offline
      latentlab anisotropy runs --corpus sentences.txt --n 2000 --out report
    """
    from latentlab.analysis import anisotropy as analysis
    from latentlab.analysis import load

    if out is not None and out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file, a folder is to be written there", "give another name")
    models = load.load_models(paths, encoder=encoder, offline=offline)
    sentences = loading.load_corpus(corpus, column)
    drawn = sentences.sample(min(USUAL_N, len(sentences)) if n is None else n, seed)
    texts, excluded = load.usable(models, drawn.texts)
    loading.say_excluded(excluded, len(drawn))
    inputs = {"paths": list(paths), "corpus": drawn.name, "asked": n, "left_out": len(excluded)}
    with terminal.Progress() as progress:
        report = analysis.anisotropy(models, texts, seed=seed, inputs=inputs, progress=progress)
    if out is not None:
        write(report, out)
    if as_json:
        print(report.to_json(), end="")
    else:
        show(terminal.console(), report.to_dict())


def write(report: "Report", out: Path) -> None:
    """Report, table and figure; each file is whole or not there."""
    from latentlab.figures import anisotropy_overview, save
    from latentlab.files import atomic_write
    from latentlab.results import to_csv

    document = report.to_dict()
    figure = anisotropy_overview(document)
    atomic_write(out / "report.json", report.to_json())
    atomic_write(out / "table.csv", to_csv(document))
    for suffix in ("pdf", "png"):
        save(figure, out / f"overview.{suffix}")
    terminal.say(f"written to {out}: report.json, table.csv, overview.pdf, overview.png")


def show(console: "Console", report: Mapping[str, Any]) -> None:
    """The gate, the posterior, then every cloud with the isotropic Gaussian of the same n and d beside it."""
    items, inputs = report["results"]["items"], report["inputs"]
    console.print(f"Anisotropy on {inputs['n']} sentences of {inputs['corpus']}, seed {inputs['seed']}")
    console.print("± is the 95 % interval; isotropic is a Gaussian of the same n and d\n", style="dim")
    sections = [Section("", [Row("collapse gate", [item["gate"]["word"] for item in items])])]
    if any(item["posterior"] for item in items):
        rows = [
            Row(label, [(item["posterior"] or {}).get(key) for item in items])
            for key, label in POSTERIOR.items()
        ]
        rows.append(Row("active units", [_active(item) for item in items]))
        sections.append(Section("posterior: variational heads only", rows))
    sections += [_cloud(items, key, title) for key, title in CLOUDS.items() if _sizes(items, key)]
    print_table(console, [item["name"] for item in items], sections, beside="isotropic")
    for item in items:
        if item["gate"]["word"] == "COLLAPSED":
            failed = ", ".join(item["gate"]["failed"])
            console.print(
                f"{item['name']} is COLLAPSED ({failed}): its isotropy says nothing about sentences."
            )


def _cloud(items: Sequence[Mapping[str, Any]], cloud: str, title: str) -> Section:
    clouds = [item["clouds"].get(cloud) for item in items]
    rows = []
    for key, label in MEASURES.items():
        there = [content for content in clouds if content]
        beside = dict.fromkeys(_reference(content["reference"].get(key)) for content in there)
        cells = [content["measures"].get(key) if content else None for content in clouds]
        rows.append(Row(label, cells, " / ".join(beside)))
    return Section(f"{title}, d = {' / '.join(_sizes(items, cloud))}", rows)


def _active(item: Mapping[str, Any]) -> str:
    if not item["posterior"]:
        return ABSENT
    return f"{item['posterior']['active_units']['value']:.0f} of {item['clouds']['mu']['d']}"


def _sizes(items: Sequence[Mapping[str, Any]], cloud: str) -> list[str]:
    """The different d of a cloud; empty where no item has it."""
    there = [item["clouds"][cloud] for item in items if cloud in item["clouds"]]
    return list(dict.fromkeys(str(content["d"]) for content in there))


def _reference(entry: Mapping[str, Any] | None) -> str:
    if not entry or entry.get("value") is None:
        return ""
    return number(entry["value"], decimals_for([entry["value"]]))
