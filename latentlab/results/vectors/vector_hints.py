"""Hints for what is no floating-point vector: how vectors are made of it."""

from pathlib import Path

FLOATING = "floating-point vectors were expected"
ONE_VECTOR = "keep one vector a sentence: the mean of its tokens, or the first"
HOW_TO_WRITE = "write lists of floating-point numbers, or float columns called 0, 1, 2 …"
TEXT = (
    "of sentences, latentlab encode makes vectors; lists that were written as text, by to_csv or as JSON: "
    "column.map(json.loads)"
)
_QUANTISED = "quantised: x * scale + offset, both of each dimension and from the calibration"
_UNPACK = "numpy.unpackbits({}, axis=1) * 2.0 - 1"
_NUMPY = {
    "I8": "int8", "U8": "uint8", "I16": "int16", "U16": "uint16", "I32": "int32", "U32": "uint32",
    "I64": "int64", "U64": "uint64", "BOOL": "bool", "C64": "complex64",
}  # fmt: skip
"""numpy's name of a type of safetensors."""
_SAVE = "numpy.save('x.npy', {})"
_TABLE = (
    "with a line of names: pandas.read_csv('{{0}}', sep='{0}').to_parquet('x.parquet'), one float column a "
    "dimension; without: numpy.save('x.npy', numpy.loadtxt('{{0}}', delimiter='{0}'))"
)
_OTHER_FILES = {
    **dict.fromkeys(
        (".pt", ".pth", ".bin", ".ckpt"),
        "of a tensor: " + _SAVE.format("torch.load('{}', weights_only=True).detach().float().numpy()"),
    ),
    **dict.fromkeys((".pkl", ".pickle"), "pickles are not read: " + _SAVE.format("x") + " where it was made"),
    **dict.fromkeys((".arrow", ".feather", ".ipc"), "pyarrow.parquet.write_table(table, 'x.parquet')"),
    ".npz": _SAVE.format("numpy.load('{}')[NAME]"),
    ".csv": _TABLE.format(","),
    ".tsv": _TABLE.format("\\t"),
    ".txt": _SAVE.format("numpy.loadtxt('{}')") + "; latentlab encode makes vectors of sentences",
}


def number_hint(kind: str) -> str:
    """What makes floating-point vectors of numbers of another type, called as numpy, Arrow or safetensors do.

    >>> number_hint("uint8").split(";")[0]
    'packed bits: numpy.unpackbits(x, axis=1) * 2.0 - 1'
    """
    kind = _NUMPY.get(kind, kind)
    if kind == "uint8":
        return f"packed bits: {_UNPACK.format('x')}; {_QUANTISED}"
    if kind == "int8":
        return f"{_QUANTISED}; packed bits: " + _UNPACK.format("(x + 128.0).astype('uint8')")
    if kind.startswith(("int", "uint")):
        return "token ids and labels are no vectors; vectors of whole numbers: x.astype('float32')"
    if kind.startswith("bool"):
        return "bits as signs: x * 2.0 - 1"
    if kind.startswith("complex"):
        return "real vectors twice as long: numpy.concatenate([x.real, x.imag], axis=1)"
    if kind.startswith(("F8", "F6", "F4")):
        return "they were scaled to fit: multiply them by their scales, and save that as F32"
    if kind.startswith("|V"):
        return "numpy keeps no bfloat16 and no float8: save x.astype('float32') in its place"
    if kind.startswith("["):
        return "numbers in named fields: numpy.lib.recfunctions.structured_to_unstructured(x)"
    return "save them as F32" if kind.isupper() else "convert them: x.astype('float32')"


def file_hint(path: Path, known: str) -> str:
    """What to do with a file whose suffix is of no kind that is read; `known` are the kinds that are."""
    hint = _OTHER_FILES.get(path.suffix.lower())
    return f"vectors are {known}" + (f"; {hint.format(path.name)}" if hint else "")
