"""`latentlab train`."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from latentlab.cli import options, terminal


def train(
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the checkpoint and for what a resume needs.", metavar="DIR"),
    ] = None,
    preset: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="baseline, centred, bottleneck, vib, vib-sgdd, tiny, or a YAML file."
        ),
    ] = "vib",
    corpus: Annotated[
        list[str] | None,
        typer.Option(
            help="Sentences to learn, may be given again; default: the shipped ones.", metavar="FILE"
        ),
    ] = None,
    column: options.Column = None,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="One configuration value, such as optim.batch_size=256.", metavar="KEY=VALUE"
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Short for --set optim.steps=N.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, metavar="N", help="Short for --set seed=N.")] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Short for --set threads=N.")
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="cpu, cuda, cuda:1 …; short for --set device=NAME.", show_default=False
        ),
    ] = None,
    logger: Annotated[
        list[str] | None,
        typer.Option(help="jsonl (always on), tensorboard or wandb, may be given again.", metavar="NAME"),
    ] = None,
    encoder: options.Encoder = None,
    offline: options.Offline = False,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the run that --out holds.")] = False,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print the resulting configuration as YAML and stop.")
    ] = False,
    verbose: options.Verbose = False,
) -> None:
    """Train an autoencoder; Ctrl-C saves the state.

    Configuration: defaults, then the preset or YAML file, then --set, then the other options.

    Example:
      latentlab train --preset vib --corpus sentences.txt --out runs/vib
      latentlab train --preset vib --corpus sentences.txt --out runs/vib --resume
    """
    from latentlab.training.config import load_config

    flags = {
        "data.corpora": corpus,
        "data.column": column,
        "optim.steps": steps,
        "seed": seed,
        "threads": threads,
        "device": device,
        "loggers": [name for name in logger if name != "jsonl"] if logger else None,
    }
    config = load_config(preset, changes or [], flags)
    if print_config:
        import yaml

        print(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False), end="")
        return
    if out is None:
        raise typer.BadParameter("needs a folder to write to", param_hint="--out")

    from latentlab.training.loop import Interrupted
    from latentlab.training.loop import train as run

    terminal.say(
        f"training {config.name} for {config.optim.steps} steps; {out / 'training.jsonl'} is the log"
    )
    try:
        with terminal.Progress() as progress:
            folder = run(config, out, resume=resume, encoder=encoder, offline=offline, report=progress)
    except (Interrupted, KeyboardInterrupt) as stop:
        again = ["latentlab", "train", "--preset", preset, "--out", str(out)]
        for option, values in (("--corpus", corpus), ("--set", changes), ("--logger", logger)):
            again += [word for value in values or [] for word in (option, value)]
        for option, value in (
            ("--column", column),
            ("--steps", steps),
            ("--seed", seed),
            ("--threads", threads),
            ("--device", device),
            ("--encoder", encoder),
        ):
            again += [option, str(value)] if value is not None else []
        again += ["--offline"] if offline else []
        # While encoding, or at a second Ctrl-C, there was no time to save; finished parts are on disk.
        message = stop.message if isinstance(stop, Interrupted) else "stopped; what was saved before is kept"
        raise Interrupted(message, f"continue with: {shlex.join([*again, '--resume'])}") from stop
    print(folder)
