"""From factors to words: agreement, articles, contractions, word order."""

import pytest

from latentlab.corpora.grammar.grammar import FACTORS, NONE, realise
from latentlab.corpora.grammar.morphology import gerund, participle, past, third_person


def sentence(**factors):
    usual = {
        "construction": "transitive",
        "sentence_type": "statement",
        "subject": "Tom",
        "person": "third",
        "number": "singular",
        "animacy": "human",
        "verb": "read",
        "tense": "past",
        "aspect": "simple",
        "polarity": "affirmative",
        "object": "book",
        "object_determiner": "a",
        "object_number": "singular",
    }
    return realise(dict.fromkeys(FACTORS, NONE) | usual | factors)


I = {"subject": "I", "person": "first"}  # noqa: E741
SHE = {"subject": "she"}
THEY = {"subject": "they", "number": "plural"}
DOGS = {"subject": "dog", "subject_determiner": "the", "number": "plural", "animacy": "animal"}
PROPERTY = {
    "construction": "property",
    "verb": "be",
    "object": NONE,
    "object_determiner": NONE,
    "adjective": "tired",
}
PRESENT = {"tense": "present"}
NOT = {"polarity": "negative"}
ASKED = {"sentence_type": "question"}
THERE = PROPERTY | {
    "construction": "existence",
    "adjective": NONE,
    "place": "in the park",
    "subject": "child",
}

EXAMPLES = [
    ({}, "Tom read a book."),
    ({"object": "apple", "verb": "eat"}, "Tom ate an apple."),
    ({"adjective": "old"}, "Tom read an old book."),
    ({"object_determiner": "the", "adjective": "old", "object_number": "plural"}, "Tom read the old books."),
    (PRESENT, "Tom reads a book."),
    (PRESENT | THEY, "They read a book."),
    (NOT, "Tom didn't read a book."),
    (NOT | PRESENT | I, "I don't read a book."),
    (NOT | PRESENT | SHE, "She doesn't read a book."),
    (PRESENT | SHE | {"adverb": "always"}, "She always reads a book."),
    (PRESENT | SHE | NOT | {"adverb": "never"}, "She never reads a book."),
    (PRESENT | SHE | NOT | {"adverb": "often"}, "She doesn't often read a book."),
    ({"aspect": "progressive"} | PRESENT | I, "I'm reading a book."),
    ({"aspect": "progressive"} | PRESENT | I | NOT, "I'm not reading a book."),
    ({"aspect": "progressive"} | THEY, "They were reading a book."),
    ({"aspect": "perfect", "adverb": "already"} | PRESENT, "Tom has already read a book."),
    (
        {"aspect": "perfect", "adverb": "just", "verb": "eat", "object": "apple"} | PRESENT | THEY,
        "They've just eaten an apple.",
    ),
    ({"aspect": "perfect", "time": "yet"} | PRESENT | NOT | SHE, "She hasn't read a book yet."),
    ({"tense": "future"} | SHE, "She'll read a book."),
    ({"tense": "future"} | NOT, "Tom won't read a book."),
    ({"modal": "can"} | NOT | PRESENT, "Tom can't read a book."),
    ({"modal": "want to"} | PRESENT | SHE, "She wants to read a book."),
    ({"modal": "have to"} | PRESENT | NOT | THEY, "They don't have to read a book."),
    ({"modal": "have to"}, "Tom had to read a book."),
    (ASKED, "Did Tom read a book?"),
    (ASKED | {"tense": "future"}, "Will Tom read a book?"),
    (ASKED | {"modal": "should"} | PRESENT | I, "Should I read a book?"),
    (ASKED | {"aspect": "progressive"} | PRESENT, "Is Tom reading a book?"),
    (ASKED | {"question_word": "what", "object": NONE, "object_determiner": NONE}, "What did Tom read?"),
    (ASKED | {"question_word": "who", "subject": "who"}, "Who read a book?"),
    (ASKED | {"question_word": "where"}, "Where did Tom read a book?"),
    (
        {"object_determiner": "own", "verb": "lose", "object": "key", "object_number": "plural"},
        "Tom lost his keys.",
    ),
    ({"object_determiner": "own"} | THEY, "They read their book."),
    (
        {"object_determiner": "some", "object": "water", "object_number": "mass", "verb": "drink"},
        "Tom drank some water.",
    ),
    (
        {"object_determiner": "some", "object": "water", "object_number": "mass", "verb": "drink"} | NOT,
        "Tom didn't drink any water.",
    ),
    (
        {"object_determiner": "some", "object": "water", "object_number": "mass", "verb": "drink"} | ASKED,
        "Did Tom drink any water?",
    ),
    (
        {"verb": "wait for", "object": "them", "object_determiner": NONE, "object_number": "plural"},
        "Tom waited for them.",
    ),
    ({"verb": "give", "recipient": "me"}, "Tom gave me a book."),
    ({"place": "in own room", "time": "yesterday"}, "Tom read a book in his room yesterday."),
    (PROPERTY | PRESENT, "Tom is tired."),
    (PROPERTY | PRESENT | SHE, "She's tired."),
    (PROPERTY | PRESENT | SHE | NOT, "She isn't tired."),
    (PROPERTY | PRESENT | I | NOT, "I'm not tired."),
    (PROPERTY | DOGS | {"degree": "very"}, "The dogs were very tired."),
    (PROPERTY | {"tense": "future"} | THEY, "They'll be tired."),
    (PROPERTY | {"modal": "must"} | PRESENT, "Tom must be tired."),
    (PROPERTY | ASKED | {"subject": "you", "person": "second", "number": NONE}, "Were you tired?"),
    (
        PROPERTY
        | {"aspect": "perfect", "adjective": NONE, "place": "to Paris", "adverb": "never"}
        | PRESENT
        | NOT
        | SHE,
        "She has never been to Paris.",
    ),
    (
        THERE | PRESENT | {"number": "plural", "subject_determiner": "two"},
        "There are two children in the park.",
    ),
    (
        THERE | PRESENT | NOT | {"number": "plural", "subject_determiner": "some"},
        "There aren't any children in the park.",
    ),
    (THERE | ASKED | {"subject_determiner": "a", "subject": "cat"}, "Was there a cat in the park?"),
    ({"sentence_type": "imperative", "object_determiner": "own", "subject": "you"}, "Read your book."),
    ({"sentence_type": "imperative", "politeness": "please"} | NOT, "Please don't read a book."),
    ({"sentence_type": "suggestion"}, "Let's read a book."),
    ({"sentence_type": "suggestion"} | NOT, "Let's not read a book."),
    (
        DOGS | {"verb": "bark", "object": NONE, "object_determiner": NONE, "subject_adjective": "old"} | NOT,
        "The old dogs didn't bark.",
    ),
    ({"verb": "eat", "object": "ice_cream", "object_determiner": "the"}, "Tom ate the ice cream."),
]


@pytest.mark.parametrize(("factors", "text"), EXAMPLES, ids=[text for _, text in EXAMPLES])
def test_factors_are_realised_with_agreement(factors, text):
    assert sentence(**factors) == text


@pytest.mark.parametrize(
    ("inflect", "verb", "form"),
    [
        (third_person, "watch", "watches"),
        (third_person, "fly", "flies"),
        (past, "carry", "carried"),
        (past, "stop", "stopped"),
        (past, "wake up", "woke up"),
        (participle, "write", "written"),
        (gerund, "swim", "swimming"),
        (gerund, "write", "writing"),
        (gerund, "look for", "looking for"),
    ],
)
def test_verbs_are_inflected_on_their_first_word(inflect, verb, form):
    assert inflect(verb) == form
