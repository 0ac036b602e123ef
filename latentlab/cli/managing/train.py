"""`latentlab train`."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from latentlab.cli import options, terminal
from latentlab.errors import CorpusError

if TYPE_CHECKING:
    from latentlab.training.record import Run


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
    from latentlab.training.train_config import load_config

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
    given = preset is not None or bool(changes) or any(value is not None for value in flags.values())
    known = _known(out, given) if resume and out is not None else None
    if known and out is not None:
        from latentlab.training.resume import asked_again

        config = asked_again(known.config, out, preset, changes or [], flags)
    else:
        config = load_config(preset or "vib", changes or [], flags)
    if print_config:
        import yaml

        print(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False), end="")
        return
    if out is None:
        raise typer.BadParameter("needs a folder to write to", param_hint="--out")

    from latentlab.training.loop import Interrupted
    from latentlab.training.loop import train as run
    from latentlab.training.record import find_run

    try:
        with terminal.Progress() as progress:
            folder = run(
                config,
                out,
                resume=resume,
                encoder=encoder,
                offline=offline,
                report=progress,
                note=terminal.say,
            )
    except CorpusError as error:
        if known is None or corpus:
            raise
        moved = f"{error.hint}; for a file that lies elsewhere now: --resume --corpus FILE"
        raise CorpusError(f"the run in {out}: {error.message}", moved) from error
    except (Interrupted, KeyboardInterrupt) as stop:
        # While encoding, or at a second Ctrl-C, there was no time to save; finished parts are on disk.
        message = stop.message if isinstance(stop, Interrupted) else "stopped; what was saved before is kept"
        again = f"continue with: {shlex.join(['latentlab', 'train', '--out', str(out), '--resume'])}"
        hint = again if find_run(out) else "nothing was saved yet: give the same command again"
        raise Interrupted(message, hint) from stop
    print(folder)


def _known(out: Path, given: bool) -> "Run | None":
    """The run to continue; with options given there need not be one: one command then begins and resumes."""
    from latentlab.training.record import find_run, run_to_continue

    return find_run(out) if given else run_to_continue(out)
