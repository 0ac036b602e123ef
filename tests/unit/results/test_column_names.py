"""Names of columns that are not UTF-8: pyarrow reads such a file and raises only when a name is wanted."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from latentlab.corpora.readers import read_corpus
from latentlab.errors import InputError, LatentlabError
from latentlab.results.training_logs import map_report
from latentlab.results.vectors.vector_file import open_vectors

N = 40
NUMBERS = np.random.default_rng(0).normal(size=(N, 4))


def written(path, **columns):
    """The columns, and one whose name is not UTF-8."""
    fields = [pa.field(name, values.type) for name, values in columns.items()]
    schema = pa.schema([*fields, pa.field(b"n\xe9", pa.string())])
    pq.write_table(pa.Table.from_arrays([*columns.values(), pa.array(["k"] * N)], schema=schema), path)
    return path


def test_every_reader_says_so_in_one_line(tmp_path):
    texts = pa.array([f"sentence {i}" for i in range(N)])
    x, y = pa.array(NUMBERS[:, 0]), pa.array(NUMBERS[:, 1])
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(NUMBERS.ravel()), 4)
    label = pa.array(["m"] * N)
    named = {"checkpoint": label, "cloud": label, "text": texts, "x": x, "y": y}
    readers = [
        (map_report, written(tmp_path / "map.parquet", **named)),
        (read_corpus, written(tmp_path / "corpus.parquet", text=texts)),
        (open_vectors, written(tmp_path / "vectors.parquet", vectors=vectors)),
        (open_vectors, written(tmp_path / "wide.parquet", x=x, y=y)),
    ]
    for read, path in readers:
        with pytest.raises(LatentlabError) as found:
            read(path)
        assert str(path) in found.value.message
        assert "\n" not in found.value.message


def test_a_table_of_text_says_so_too(tmp_path):
    path = tmp_path / "map.csv"
    path.write_bytes(b"checkpoint,cloud,text,x,y,n\xe9\nm,mu,a,0.1,0.2,k\n")
    with pytest.raises(InputError, match="is not a map"):
        map_report(path)
