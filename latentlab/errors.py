"""Every error latentlab raises on purpose.

LatentlabError
├── UsageError        2   the call itself makes no sense
│   └── ConfigError   2   a configuration key or value is wrong
├── InputError        3   a file or a text cannot be used
│   ├── CorpusError
│   ├── CheckpointError
│   │   └── NoCheckpointError
│   ├── EncoderError
│   └── LatentsError
├── ResourceError     4   disk, memory or network gave out
└── PartialError      5   some of the work was done, some was not

The number is the exit code of the command line. The message says what was wrong and where in one line;
the hint says what to do about it.
"""


class LatentlabWarning(UserWarning):
    """What a reader should know beside the result: sentences that were left out, how a file was read.

    >>> import warnings
    >>> warnings.simplefilter("ignore", LatentlabWarning)  # read the `warnings` of a report instead
    """


class LatentlabError(Exception):
    """Base of all errors that are meant for a reader, not for a traceback.

    >>> error = LatentlabError("x.npy has no rows", "give a file with rows")
    >>> error.message, error.hint
    ('x.npy has no rows', 'give a file with rows')
    """

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(LatentlabError):
    """The call makes no sense as it stands."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration key is unknown or its value impossible."""


class InputError(LatentlabError):
    """An input cannot be used."""

    exit_code = 3


class CorpusError(InputError):
    """Sentences cannot be read, or are not sentences."""


class CheckpointError(InputError):
    """A checkpoint is missing, damaged or contradicts itself."""


class NoCheckpointError(CheckpointError):
    """A folder was searched, and no checkpoint is in it."""


class EncoderError(InputError):
    """The frozen encoder cannot be found, or is not the one that was asked for."""


class LatentsError(InputError):
    """Vectors have the wrong shape, type or content."""


class ResourceError(LatentlabError):
    """Disk, memory or network gave out; what was there before is untouched."""

    exit_code = 4


class PartialError(LatentlabError):
    """Part of the work was done; the message says which part was not."""

    exit_code = 5
