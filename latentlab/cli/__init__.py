"""The command line: parse, call the library, print. One file a command, about ten lines of library calls.

This package and its command modules import nothing at the top but the standard library, typer and pydantic,
so that `latentlab --help` answers at once; whatever is heavy is imported by the command that needs it.
"""

import importlib
import inspect
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from latentlab import COMMANDS, __version__
from latentlab.cli import terminal
from latentlab.errors import LatentlabError, UsageError

OLD_NAMES = {"channel": "noise"}
OLD_OPTIONS = {
    "compare": {"arm": "condition"},
    "interpolate": {"judge": "fluency-lm"},
    "reconstruct": {"file": "corpus", "limit": "n"},
}
"""Commands and options of 0.1.0: they run what is meant, and stand in no help."""

INTERRUPTED = 130
_BROKEN_PIPE = 141
_RESOURCE = 4

_EPILOG = "Example: latentlab anisotropy data/checkpoints --offline"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; nothing but the code comes out as an error.

    0 done, 1 a check failed, 2 usage or configuration, 3 input unusable, 4 resource, 5 partial,
    130 interrupted.
    """
    arguments = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    verbose = any(argument in ("-v", "--verbose") for argument in arguments)
    with terminal.logs(verbose), terminal.warnings_told():
        try:
            _check_utf8(arguments)
            result = build()(args=arguments, prog_name="latentlab", standalone_mode=False)
            sys.stdout.flush()
        except (BrokenPipeError, SystemExit):
            # The reader (`| head`) has seen enough, and typer may have noticed first. Without this, Python
            # would complain when it closes stdout itself.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            return _BROKEN_PIPE
        except (KeyboardInterrupt, typer.Abort):
            result = INTERRUPTED
        except Exception as error:
            if verbose:
                traceback.print_exc()
            return _explain(error, arguments[0])
    if result == INTERRUPTED:
        terminal.say("interrupted")
    return result if isinstance(result, int) else 0


def main_and_exit() -> None:
    """Entry point of the `latentlab` script."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show an ε or a ± shows a ?, and the numbers still come out.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.exit(main())


def build() -> Any:
    """The typer application with every command of COMMANDS, as one callable."""
    application = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    application.callback(epilog=_EPILOG)(_root)
    for name, target in COMMANDS.items():
        module, function = target.split(":")
        command = getattr(importlib.import_module(f"latentlab.cli.{module}"), function)
        # The backspace is click's mark for a paragraph whose lines are kept as they are.
        text = inspect.cleandoc(command.__doc__ or "").replace("\nExample:", "\n\b\nExample:")
        renamed = OLD_OPTIONS.get(name, {})
        settings = {"token_normalize_func": lambda token, renamed=renamed: renamed.get(token, token)}
        application.command(name, help=text, context_settings=settings)(command)
        for old in (old for old, new in OLD_NAMES.items() if new == name):
            application.command(old, help=text, hidden=True)(command)
    return typer.main.get_command(application)


def _check_utf8(arguments: Sequence[str]) -> None:
    """UsageError for an argument with bytes that are no UTF-8, which Python keeps as half surrogate pairs."""
    for place, argument in enumerate(arguments, start=1):
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            raise UsageError(
                f"argument {place} of the command line is not UTF-8: {argument[:60]!a}",
                "type it in UTF-8; rename a file whose name is not",
            ) from error


def _print_version(wanted: bool) -> bool:
    if wanted:
        print(f"latentlab {__version__}")
        raise typer.Exit
    return wanted


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show logs, and tracebacks of errors.")
    ] = False,
) -> None:
    """Measure the latent spaces of sentence autoencoders and set them side by side."""


def _explain(error: Exception, command: str) -> int:
    """One line and a hint on stderr; returns the exit code."""
    if isinstance(error, LatentlabError):
        label = "interrupted" if error.exit_code == INTERRUPTED else "error"
        hint = error.hint
        if hint is None and error.exit_code == UsageError.exit_code and command in COMMANDS:
            hint = f"latentlab {command} --help"
        terminal.fail(error.message, hint, label=label)
        return error.exit_code
    if hasattr(error, "format_message"):  # typer's own complaints about the call
        context = getattr(error, "ctx", None)
        terminal.fail(error.format_message(), f"{context.command_path if context else 'latentlab'} --help")
        return 2
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
        terminal.fail("out of memory", "fewer sentences (--n), or a smaller batch")
        return _RESOURCE
    if isinstance(error, OSError):
        terminal.fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
        return _RESOURCE
    first = (str(error).strip().splitlines() or ["no message"])[0]
    terminal.fail(f"{type(error).__name__}: {first}", "this is a bug in latentlab; -v shows where")
    return 1
