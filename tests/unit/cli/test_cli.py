"""The command line without any model: help, errors, exit codes, what gets imported."""

import re
import subprocess
import sys

import pytest
import yaml

from latentlab import __version__, cli, errors

HEAVY = {"torch", "transformers", "sklearn", "umap", "matplotlib", "streamlit", "numpy", "scipy", "pyarrow"}


def run(capsys, *arguments):
    code = cli.main(list(arguments))
    return code, *capsys.readouterr()


def replace_command(monkeypatch, function):
    """Let the command `info` be `function`, which raises what a library would."""
    monkeypatch.setitem(sys.modules, "latentlab.cli.a_command", type("module", (), {"command": function}))
    monkeypatch.setitem(cli.COMMANDS, "info", "a_command:command")


def raising(error):
    def command():
        raise error

    return command


def test_help_is_light():
    """CPU seconds are printed, not asserted: they belong to the machine."""
    code = (
        "import sys, time\nfrom latentlab.cli import main\nassert main(['--help']) == 0\n"
        "print(sorted(sys.modules), file=sys.stderr)\n"
        "print(f'{time.process_time():.2f} CPU-s', file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = {name.split(".")[0] for name in done.stderr.split("'")}
    sys.stdout.write(done.stderr.splitlines()[-1])
    assert modules & HEAVY == set()
    assert all(command in done.stdout for command in cli.COMMANDS)


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_has_help_and_an_example(capsys, command):
    code, out, err = run(capsys, command, "--help")
    assert (code, err) == (0, "")
    assert "Example:\n" in out
    assert f"\n    latentlab {command}" in out
    assert max(map(len, out.splitlines())) <= 100
    options = out.partition("Options:")[2].splitlines()
    assert not [line for line in options if line.strip().startswith("--") and len(line.split()) < 2]


def test_version(capsys):
    assert run(capsys, "--version") == (0, f"latentlab {__version__}\n", "")


def test_nothing_asked_shows_help(capsys):
    code, out, _ = run(capsys)
    assert code == 0
    assert "Commands:" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["info"],
        ["info", "--nonsense", "x"],
        ["anisotropy", "x", "--n", "1"],
        ["train", "--steps", "0"],
    ],
)
def test_usage_errors_are_two_lines_and_code_2(capsys, arguments):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    error, hint = err.splitlines()
    assert error.startswith("error: ")
    assert hint.startswith("hint: latentlab")


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_bytes_that_are_no_utf8_are_a_usage_error(command):
    """Whatever an argument means to its command: a path, a name, a sentence."""
    arguments = [sys.executable, "-m", "latentlab", command, "x", b"--name=caf\xe9"]
    done = subprocess.run(arguments, capture_output=True, check=False)
    error, hint = done.stderr.decode().splitlines()
    assert (done.returncode, done.stdout) == (2, b"")
    assert error.startswith("error: argument 3 of the command line is not UTF-8: '--name=caf")
    assert hint.startswith("hint: type it in UTF-8")


@pytest.mark.parametrize(
    ("line", "code", "hint"),
    [
        (["noise", "x", "--low", "5", "--high", "1"], 2, "--low -10 --high 10"),
        (["noise", "x", "--step", "0"], 2, "--step of more than"),
        (["noise", "x", "--seeds", "0"], 2, "--seeds 1 or more"),
        (["train", "--set", "key"], 2, "optim.steps=2000"),
        (["anisotropy", "x.npy", "--state", "y.safetensors", "--first-row", str(10**23)], 2, "--help"),
    ],
)
def test_numbers_out_of_range_have_a_hint(capsys, line, code, hint):
    assert cli.main(line) == code
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith("hint: ")
    assert hint in said[-1]


def test_a_usage_error_without_a_hint_of_its_own_names_the_help(capsys, monkeypatch):
    def failing():
        raise errors.UsageError("not so")

    monkeypatch.setattr(cli, "build", lambda: lambda **_: failing())
    assert cli.main(["encode"]) == 2
    assert capsys.readouterr().err == "error: not so\nhint: latentlab encode --help\n"


def test_a_misspelt_command_is_guessed(capsys):
    assert "anisotropy" in run(capsys, "anistropy")[2]


@pytest.mark.parametrize(
    ("error", "code", "lines"),
    [
        (errors.UsageError("no", "yes"), 2, ["error: no", "hint: yes"]),
        (errors.ConfigError("no"), 2, ["error: no", "hint: latentlab info --help"]),
        (errors.CheckpointError("no"), 3, ["error: no"]),
        (errors.ResourceError("no"), 4, ["error: no"]),
        (errors.PartialError("no"), 5, ["error: no"]),
        (KeyboardInterrupt(), 130, ["interrupted"]),
        (OSError(28, "No space left on device"), 4, ["error: No space left on device"]),
    ],
)
def test_errors_become_lines_and_codes(capsys, monkeypatch, error, code, lines):
    replace_command(monkeypatch, raising(error))
    got, out, err = run(capsys, "info")
    assert (got, out, err.splitlines()) == (code, "", lines)


def test_memory_error_is_a_resource(capsys, monkeypatch):
    replace_command(monkeypatch, raising(MemoryError()))
    code, _, err = run(capsys, "info")
    assert code == 4
    assert err.startswith("error: out of memory\n")


def test_a_bug_is_called_one_and_traced_only_with_v(capsys, monkeypatch):
    def command(verbose: bool = False):
        raise ZeroDivisionError("by zero")

    replace_command(monkeypatch, command)
    code, _, err = run(capsys, "info")
    assert code == 1
    assert err.splitlines()[0] == "error: ZeroDivisionError: by zero"
    assert "bug" in err
    assert "Traceback" not in err
    assert "Traceback" in run(capsys, "-v", "info")[2]


def test_a_closed_pipe_is_quiet():
    command = [sys.executable, "-m", "latentlab", "train", "--preset", "baseline", "--print-config"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


def test_print_config_shows_what_would_run(capsys):
    arguments = [
        "train",
        "--preset",
        "baseline",
        "--set",
        "optim.batch_size=8",
        "--steps",
        "3",
        "--print-config",
    ]
    code, out, err = run(capsys, *arguments)
    assert (code, err) == (0, "")
    config = yaml.safe_load(out)
    assert (config["optim"]["steps"], config["optim"]["batch_size"]) == (3, 8)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--preset", "nonsense", "--print-config"], "baseline"),
        (["--preset", "baseline", "--set", "optim.stepz=3", "--print-config"], "optim.stepz"),
        (["--preset", "baseline", "--set", "optim.steps", "--print-config"], "a.b=value"),
        (["--preset", "baseline", "--set", "optim.steps=many", "--print-config"], "optim.steps"),
        (["--preset", "baseline", "--logger", "paper", "--print-config"], "loggers"),
        (["--preset", "baseline"], "--out"),
    ],
)
def test_wrong_configuration_is_code_2(capsys, arguments, word):
    code, out, err = run(capsys, "train", *arguments)
    assert (code, out) == (2, "")
    assert word in err


def test_a_missing_path_prints_no_document(capsys, tmp_path):
    code, out, err = run(capsys, "info", str(tmp_path / "missing"), "--json")
    assert (code, out) == (3, "")
    assert "missing" in err


OLD_WORDS = r"\b(?:ways?|judges?|arms?|channel|measures(?! every| all| how)|remarks?|for people|hangs on)\b"


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_help_has_the_terms_of_the_field(capsys, command):
    _, out, _ = run(capsys, command, "--help")
    assert re.findall(OLD_WORDS, out) == []


@pytest.mark.parametrize("options", [["--arm"], ["--condition"]])
def test_an_old_option_is_todays_wherever_it_stands(capsys, tmp_path, options):
    (arm,) = options
    code, _, err = run(capsys, "-v", "compare", arm, f"a={tmp_path}/no-*", f"{arm}=b={tmp_path}")
    assert (code, "no checkpoint matches" in err) == (3, True)


def test_a_value_that_looks_like_an_old_option_is_a_value():
    given = ["folder", "--text", "--limit=3 was said", "--file", "c.txt", "--limit=7"]
    read = cli.build().commands["reconstruct"].make_context("reconstruct", given).params
    assert (read["text"], read["corpus"], read["n"]) == (["--limit=3 was said"], "c.txt", 7)


def test_old_names_of_commands_and_options_are_taken_and_not_shown(capsys):
    _, out, _ = run(capsys, "--help")
    assert "channel" not in out
    for command, option in (
        ("channel", "--low"),
        ("interpolate", "--fluency-lm"),
        ("reconstruct", "--corpus"),
    ):
        code, out, _ = run(capsys, command, "--help")
        assert (code, option in out) == (0, True)
        assert "--judge" not in out
        assert "--file" not in out
