"""How figures look and where they go: style, page sizes of venues, PGF, bundles for a paper."""
