"""Files of vectors: formats, columns, batches, and hints for what holds no vectors."""
