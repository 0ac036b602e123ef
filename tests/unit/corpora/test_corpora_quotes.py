"""Quotes in a .tsv: read as pandas writes them, or as they stand, and a line says which."""

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from latentlab.corpora import read_corpus, read_pairs
from latentlab.corpora.quotes import quotes_of
from latentlab.corpora.records import tsv_rows
from latentlab.errors import CorpusError

PANDAS = ['He said "hi" to me.', '"Quoted."', "a\ttab", "two\nlines", "", "plain", '"', "it's"]
TATOEBA = ['"Hello," he said.', 'He said "no" to me.', 'He said "no".', "I am 6'2\" tall.", "plain"]


def written(rows, quoting=csv.QUOTE_MINIMAL) -> str:
    """What pandas' to_csv(sep="\\t") writes, which is Python's csv."""
    table = io.StringIO()
    csv.writer(table, delimiter="\t", quoting=quoting, lineterminator="\n").writerows(rows)
    return table.getvalue()


def save(folder, content):
    path = folder / "a.tsv"
    path.write_text(content, "utf-8", newline="")
    return path


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
@pytest.mark.parametrize("columns", [1, 2, 3])
def test_what_pandas_writes_is_read_as_it_was(tmp_path, quoting, columns):
    rows = [["text", "id", "kind"], *([text, i, "x\ty"] for i, text in enumerate(PANDAS))]
    corpus = read_corpus(save(tmp_path, written([row[:columns] for row in rows], quoting)))
    assert corpus.texts == ('He said "hi" to me.', '"Quoted."', "a tab", "two lines", "plain", '"', "it's")
    assert corpus.dropped == {"empty": 1, "duplicates": 0}
    if columns == 3:
        assert corpus.factors["kind"] == ("x\ty",) * 7
    read_as = [message for message in corpus.messages if "quotes" in message]
    assert len(read_as) == 1
    assert read_as[0].startswith("a.tsv: quotes are read as enclosing cells, as pandas writes them")


def test_a_bare_quote_stands_as_it_is(tmp_path):
    content = "id\ttext\n" + "".join(f"{i}\t{text}\n" for i, text in enumerate(TATOEBA))
    corpus = read_corpus(save(tmp_path, content))
    assert list(corpus.texts) == TATOEBA
    assert corpus.messages == [
        "a.tsv: quotes are read as text (cells that begin with one: 1): the quote of line 2 encloses no cell"
    ]


@pytest.mark.parametrize("text", ['"starts so', 'ends so"', 'has "one" inside', '"All of it."', '"', '" "'])
def test_one_bare_quote_anywhere_is_text(tmp_path, text):
    corpus = read_corpus(save(tmp_path, f"text\tid\n{text}\t1\nplain\t2\n"))
    assert corpus.texts == (text, "plain")
    # Nothing is said where both readings are the same.
    assert len(corpus.messages) == text.startswith('"')


def test_quotes_that_open_in_one_line_and_close_in_another_are_text(tmp_path):
    corpus = read_corpus(save(tmp_path, 'id\ttext\n1\t"Hello.\n2\tB.\n3\tC."\n'))
    assert corpus.texts == ('"Hello.', "B.", 'C."')
    assert "nothing shows that they enclose cells" in corpus.messages[0]


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ('text\tid\n"a\ttab"\t1\nplain\t2\n', ("a tab", "plain")),
        ('text\tid\n"two\nlines"\t1\nplain\t2\n', ("two lines", "plain")),
        ('text\tid\n"a ""word"""\t1\nplain\t2\n', ('a "word"', "plain")),
        ('"text"\t"id"\n"a"\t"1"\n"plain"\t"2"\n', ("a", "plain")),
    ],
    ids=["a tab", "a line break", "doubled quotes", "the header"],
)
def test_one_sign_is_enough(tmp_path, content, texts):
    assert read_corpus(save(tmp_path, content)).texts == texts


def test_a_quote_that_never_closes_is_text_whatever_came_before(tmp_path):
    corpus = read_corpus(save(tmp_path, 'text\n"a ""word"""\n"Hello.\nB.\n'))
    assert corpus.texts == ('"a ""word"""', '"Hello.', "B.")
    assert "the quote of line 3 encloses no cell" in corpus.messages[0]


def test_where_both_kinds_are_in_a_file_its_quotes_are_text(tmp_path):
    rows = [*TATOEBA, '"He said ""hi""."']
    corpus = read_corpus(save(tmp_path, "text\n" + "\n".join(rows)))
    assert list(corpus.texts) == rows
    assert "quotes are read as text (cells that begin with one: 2): the quote of line 2" in corpus.messages[0]


def test_a_quote_within_a_cell_speaks_for_neither(tmp_path):
    corpus = read_corpus(save(tmp_path, 'id\ttext\n1\tI am 6\'2" tall.\n2\t"He\tsaid ""hi""."\n'))
    assert corpus.texts == ("I am 6'2\" tall.", 'He said "hi".')


def test_a_file_that_neither_reading_makes_a_table_of_names_both_lines(tmp_path):
    path = save(tmp_path, 'text\tid\n"Hello," he said.\t1\n"a\ttab"\t2\n')
    with pytest.raises(
        CorpusError, match=r"line 2 has a quote that encloses no cell, and .* line 3 has 3"
    ) as e:
        read_corpus(path)
    assert "double its quotes" in e.value.hint


def test_rows_of_unequal_length_stay_an_error(tmp_path):
    for rows in ("A.\t1\t2", '"A."\t1\t2', '"A\tb."\t1\t2'):
        with pytest.raises(CorpusError, match=r"line 2.* fields where the"):
            read_corpus(save(tmp_path, f"text\tid\n{rows}\n"))


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_pairs_are_read_by_the_same_rule(tmp_path, caplog, quoting):
    pairs = [('He said "hi".', "He\tsaid hello."), ("A cat.", "A feline.")]
    assert read_pairs(save(tmp_path, written(pairs, quoting))) == [
        ('He said "hi".', "He said hello."),
        ("A cat.", "A feline."),
    ]
    assert "read as enclosing cells" in caplog.text
    bare = '"Hello," he said.\tHe said "hello".\n"Hi."\t"Hello."\n'
    assert read_pairs(save(tmp_path, bare)) == [tuple(line.split("\t")) for line in bare.splitlines()]


cells = st.text(st.sampled_from('"\t\n ab'), max_size=6)


@settings(max_examples=50, deadline=None)  # writes files
@given(st.lists(st.tuples(cells, cells), max_size=6))
@example([('""', "\n"), ("", '"')])
def test_every_table_that_pandas_writes_with_a_quote_in_it_comes_back(tmp_path_factory, rows):
    table = [("text", "kind"), *rows, ('"', "a")]
    path = save(tmp_path_factory.mktemp("tsv"), written(table))
    quotes = quotes_of(path)
    assert quotes.enclose
    assert [tuple(row) for _, row in tsv_rows(path, enclose=True) if row] == table


bare = st.text(st.sampled_from('" ab'), max_size=6)


@settings(max_examples=50, deadline=None)  # writes files
@given(st.lists(st.tuples(bare, bare), max_size=6))
def test_every_table_with_a_quote_that_encloses_nothing_is_read_as_it_stands(tmp_path_factory, rows):
    table = [("text", "kind"), *rows, ('"Hello," he said.', "a")]
    path = save(tmp_path_factory.mktemp("tsv"), "".join("\t".join(row) + "\n" for row in table))
    quotes = quotes_of(path)
    assert not quotes.enclose
    assert [tuple(row) for _, row in tsv_rows(path, enclose=False)] == table
