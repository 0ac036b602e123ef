"""`noise`: latents sent through white noise and decoded, as `latentlab noise` does it."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

from latentlab.api.support import checkpoint_inputs, path_inputs
from latentlab.api.support.document import CommandReport, frame_of
from latentlab.api.support.option_checks import labels, real, whole
from latentlab.metrics import Estimate
from latentlab.results.reports.noise_results import NoiseResults
from latentlab.results.tables.noise_tables import noise_csv, noise_latex, noise_rows

if TYPE_CHECKING:
    from latentlab.analysis.clouds import Progress
    from latentlab.api.support.checkpoint_inputs import Texts


@dataclass(frozen=True, repr=False, eq=False)
class NoiseReport(CommandReport[NoiseResults]):
    """What `noise` found."""

    command = "noise"

    @property
    def half_error(self) -> dict[str, Estimate]:
        """By checkpoint: SNR in dB at which the token error rate is halfway to that of another sentence."""
        return {item.name: item.half_error.snr for item in self.results.items}

    def to_frame(self) -> Any:
        """A pandas.DataFrame: a row for each metric at each noise; UsageError without pandas."""
        return frame_of(noise_rows(self.report))

    def tables(self) -> dict[str, str]:
        """Tables as text, by the names of their files."""
        return {"table.csv": noise_csv(self.report), "table.tex": noise_latex(self.report)}

    def __repr__(self) -> str:
        return "\n".join(f"{name}: half error at {snr} dB" for name, snr in self.half_error.items())


def noise(
    checkpoints: object,
    texts: "Texts | None" = None,
    *,
    column: str | None = None,
    group: "str | Sequence[object] | None" = None,
    part: str | None = None,
    n: int | None = None,
    low: float | int = -10.0,
    high: float | int = 30.0,
    step: float | int = 2.5,
    seeds: int = 3,
    seed: int = 0,
    constellation: bool = True,
    encoder: "str | PathLike[str] | None" = None,
    offline: bool = False,
    progress: "Progress | None" = None,
) -> NoiseReport:
    """Send latents through white noise, and measure what is still decoded.

    Args:
        checkpoints: Folders, what `load` gave, or a list of these.
        texts: Sentences: a list, all of which are taken; a `Corpus`; a file. Default: the shipped ones.
        column: Which column of a file has the sentences.
        group: What belongs together and moves as one: a column, or labels of texts in a list.
        part: `held-out`, `train` or `all`, by the hash split of training; default: all of a list, else
            held-out.
        n: Sentences drawn; default 100, or all of a list.
        low: Lowest SNR, in dB: 10 log10(variance of the latents / that of the noise).
        high: Highest SNR.
        step: From one SNR to the next.
        seeds: Noises for each sentence.
        seed: Of everything that is drawn.
        constellation: Whether the report has what that figure needs.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub for an encoder.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        Token error rate, exact match and cosine at each SNR, with 95 % intervals, and the half error.

    Raises:
        UsageError: An option has no meaning, or is out of its range.
        CheckpointError: A checkpoint cannot be loaded.
        CorpusError: Sentences cannot be read, or there are none in the part.

    >>> import latentlab as ll
    >>> texts = ["The cat is sleeping.", "The dog is running."]
    >>> sweep = {"low": 0, "high": 40, "step": 20, "seeds": 1}
    >>> report = ll.noise("data/checkpoints/vib", texts, **sweep, constellation=False)
    >>> [point.snr_db for point in report.results.items[0].points]
    [0.0, 20.0, 40.0]
    """
    group = labels(group)
    whole(seed=seed, n=n, seeds=seeds)
    low, high, step = real(low=low, high=high, step=step)
    from latentlab.analysis.noise.noise_report import measure_noise
    from latentlab.analysis.noise.noise_robustness import Sweep

    asked = Sweep(low, high, step, seeds, seed)
    models, named = path_inputs.models_of(checkpoints, encoder, offline)
    drawn = checkpoint_inputs.draw_part(models, texts, column, part, n, seed, usual=100, group=group)
    report = measure_noise(
        models,
        drawn.texts,
        asked,
        draw=constellation,
        groups=drawn.groups,
        encoder=path_inputs.local_path(encoder),
        offline=offline,
        inputs={"paths": named, **drawn.inputs},
        progress=progress,
    )
    return NoiseReport(report)
