"""`latentlab channel`."""

from typing import Annotated, Any

import typer

from latentlab.api.support import checkpoint_inputs
from latentlab.cli import options, terminal
from latentlab.cli.render import writing


def channel(
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
      latentlab channel data/checkpoints/baseline data/checkpoints/vib --offline
      latentlab channel runs --corpus sentences.txt --n 400 --out report
    """
    writing.check_folder(out)
    from latentlab.analysis.noise.noise_report import channel as run
    from latentlab.analysis.noise.noise_robustness import Sweep
    from latentlab.cli.render import noise_table
    from latentlab.results.tables.noise_tables import channel_csv, channel_latex

    asked = Sweep(low, high, step, seeds, seed)
    found: dict[str, Any] = {"encoder": encoder, "offline": offline}
    drawn = checkpoint_inputs.draw_part(paths, corpus, column, part.value, n, seed, group=group, **found)
    with terminal.Progress() as progress:
        report = run(
            drawn.models,
            drawn.texts,
            asked,
            draw=out is not None,
            groups=drawn.groups,
            **found,
            inputs={"paths": paths, **drawn.inputs},
            progress=progress,
        )
    document = report.to_dict()
    if out is not None:
        tables = {"table.csv": channel_csv(document), "table.tex": channel_latex(document)}
        writing.write(report, tables, out)
    if as_json:
        print(report.to_json(), end="")
    else:
        noise_table.show(terminal.console(), document)
