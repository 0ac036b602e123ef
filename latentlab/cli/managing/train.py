"""`latentlab train`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from latentlab.cli import options, terminal


def train(
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the checkpoint and for what a resume needs.", metavar="DIR"),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="baseline, centred, bottleneck, vib, each also with -further; vib-sgdd, tiny, or a YAML "
            "file; default: vib.",
            show_default=False,
        ),
    ] = None,
    corpus: Annotated[
        list[str] | None,
        typer.Option(
            help="Sentences to learn, may be given again; default: the shipped ones.", metavar="FILE"
        ),
    ] = None,
    column: options.Column = None,
    group: options.Group = None,
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
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Continue the run that --out holds; its folder knows the other options."
        ),
    ] = False,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print the resulting configuration as YAML and stop.")
    ] = False,
    verbose: options.Verbose = False,
) -> None:
    """Train an autoencoder; Ctrl-C saves the state.

    Configuration: defaults, then the preset or YAML file, then --set, then the other options. With --resume
    that of the run, and --steps moves its goal where the learning rate allows it.

    Example:
      latentlab train --preset vib --corpus sentences.txt --out runs/vib
      latentlab train --out runs/vib --resume
    """
    from latentlab.api.making.train import asked_config
    from latentlab.api.making.train import train as run

    if print_config or out is None:
        flags = {
            "data.corpora": corpus,
            "data.column": column,
            "data.group": group,
            "optim.steps": steps,
            "seed": seed,
            "threads": threads,
            "device": device,
            "loggers": [name for name in logger if name != "jsonl"] if logger else None,
        }
        config, _ = asked_config(preset, changes or [], flags, out, resume=resume)
        if not print_config:
            raise typer.BadParameter("needs a folder to write to", param_hint="--out")
        import yaml

        print(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False), end="")
        return
    texts = [name if name.startswith("hf:") else Path(name) for name in corpus] if corpus else None
    asked: dict[str, Any] = {"changes": changes or [], "seed": seed, "steps": steps, "threads": threads}
    asked |= {"device": device, "loggers": logger or [], "column": column, "group": group, "resume": resume}
    with terminal.Progress() as progress:
        folder = run(
            preset,
            texts,
            out,
            **asked,
            encoder=encoder,
            offline=offline,
            progress=progress,
            note=terminal.say,
        )
    print(folder)
