"""A table in CSV as parquet, its columns typed by what is in them."""

import io


def csv_to_parquet(text: str) -> bytes:
    """The same rows and columns; numbers become numbers, an empty cell is null."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    table = csv.read_csv(
        io.BytesIO(text.encode()), convert_options=csv.ConvertOptions(strings_can_be_null=True)
    )
    data = pa.BufferOutputStream()
    parquet.write_table(table, data)
    return bytes(data.getvalue().to_pybytes())
