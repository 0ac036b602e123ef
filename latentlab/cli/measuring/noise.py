"""`latentlab noise`."""

from typing import Annotated

import typer

from latentlab.cli import options, terminal
from latentlab.cli.render import writing


def noise(
    paths: options.Paths,
    corpus: options.Corpus = None,
    column: options.Column = None,
    group: options.Group = None,
    part: options.PartOption = options.Part.held_out,
    n: Annotated[int, typer.Option(min=2, metavar="N", help="At most so many sentences.")] = 100,
    low: options.Low = -10.0,
    high: options.High = 30.0,
    step: options.Step = 2.5,
    seeds: options.Seeds = 3,
    seed: options.Seed = 0,
    encoder: options.Encoder = None,
    offline: options.Offline = False,
    out: options.Out = None,
    as_json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Send latents through noise, and see what is still decoded: the waterfall curve.

    White noise is added to z = mu. SNR = 10 log10(total variance of the latents / that of the noise), so
    that heads of all kinds are measured on one scale. A variational head is also sent through its own
    posterior noise. Half error is where the token error rate is halfway between that without noise and
    that of another sentence's text. Intervals are 95 %, over sentences or groups.

    Example:
      latentlab noise data/checkpoints/baseline data/checkpoints/vib --offline
      latentlab noise runs --corpus sentences.txt --n 400 --out report
    """
    writing.check_folder(out)
    from latentlab.api.noise import noise as run
    from latentlab.cli.render import noise_table

    with terminal.Progress() as progress:
        report = run(
            paths,
            corpus,
            column=column,
            group=group,
            part=part.value,
            n=n,
            low=low,
            high=high,
            step=step,
            seeds=seeds,
            seed=seed,
            constellation=out is not None,
            encoder=encoder,
            offline=offline,
            progress=progress,
        )
    if out is not None:
        writing.say_written(out, report.save(out))
    if as_json:
        print(report.to_json(), end="")
    else:
        noise_table.show(terminal.console(), report.report)
