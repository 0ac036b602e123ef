"""Factors of single phrases, subjects and objects: partial sets of factors, which `frames.py` joins."""

from collections.abc import Iterator

from latentlab.corpora.grammar.lexicon import (
    ANIMALS,
    CHILDREN,
    MASS_NOUNS,
    NAMES,
    OBJECT_ADJECTIVES,
    OBJECT_PRONOUNS,
    PEOPLE,
    PETS,
    PLURAL_ONLY,
    PRONOUNS,
    SUBJECT_ADJECTIVES,
)
from latentlab.corpora.grammar.word_tables import split_words

Part = dict[str, str]
"""Some of the factors of a sentence."""

PEOPLE_CLASSES = ("anyone", "adult", "child")
"""Who does what people do: `Action.who`."""

_DETERMINERS = ("a", "an", "the", "own", "some", "this", "that", "my", "two", "three", "more")
# "They broke their leg", "the boys lost their wallet": each has his own, and one word cannot be all of them.
_PERSONAL = split_words("arm bag bike guitar job leg phone ring suitcase ticket umbrella wallet uncle dream")
_ELDERS = ("father", "mother", "uncle", "grandmother", "grandparents")


def subjects(who: str) -> list[Part]:
    """Return the subjects of a class.

    Args:
        who: `named` (pronouns and names), `anyone noun`, `adult noun`, `child noun` (people with a noun), one
            pronoun, or the nouns of animals or things.
    """
    if who == "named":
        names = [_subject(name, "none", "third", "singular", "human") for name in NAMES]
        return [_pronoun(pronoun) for pronoun in PRONOUNS] + names
    if who == "who":
        return [_subject("who", "none", "third", "singular", "human")]
    if who in PRONOUNS:
        return [_pronoun(who)]
    kind, _, noun = who.partition(" ")
    if kind in PEOPLE_CLASSES and noun == "noun":
        return list(_people(kind))
    return [part for noun in who.split() for part in _creature_or_thing(noun)]


def _people(kind: str) -> Iterator[Part]:
    for noun, (determiner, numbers, _) in PEOPLE.items():
        if kind == "anyone" or (kind == "child") == (noun in CHILDREN):
            for number in numbers.split():
                yield _subject(noun, determiner, "third", number, "human")


def _creature_or_thing(noun: str) -> Iterator[Part]:
    if noun not in ANIMALS:
        yield _subject(noun, "the", "third", "singular", "inanimate")
        return
    for determiner in ("the", "my", "our") if noun in PETS else ("the",):
        for number in ("singular", "plural"):
            yield _subject(noun, determiner, "third", number, "animal")


def _pronoun(pronoun: str) -> Part:
    person, number, _, _ = PRONOUNS[pronoun]
    return _subject(pronoun, "none", person, number, "human")


def _subject(noun: str, determiner: str, person: str, number: str, animacy: str) -> Part:
    return {
        "subject": noun,
        "subject_determiner": determiner,
        "person": person,
        "number": number,
        "animacy": animacy,
    }


def with_subject_adjectives(parts: list[Part]) -> list[Part]:
    """Return every subject that takes an adjective, once with each that suits it."""
    return [
        part | {"subject_adjective": adjective}
        for part in parts
        for adjective in SUBJECT_ADJECTIVES.get(part["subject"], "").split()
        if (adjective, part["number"]) != ("best", "singular")
    ]


def noun_phrase(spec: str) -> Part:
    """Read an object as the tables write it: `a book`, `own hand+`, `cold coffee`, `him`.

    >>> noun_phrase("own hand+")["object_number"]
    'plural'
    """
    words = spec.split()
    determiner = words.pop(0) if words[0] in _DETERMINERS and len(words) > 1 else "none"
    noun = words.pop()
    number = "singular"
    if noun.endswith("+") or noun in PLURAL_ONLY:
        noun, number = noun.removesuffix("+"), "plural"
    elif noun in OBJECT_PRONOUNS:
        number = OBJECT_PRONOUNS[noun]
    elif noun in MASS_NOUNS or (determiner == "none" and noun not in NAMES):
        number = "mass"  # "He eats fish", "they ordered pizza"
    return {
        "object": noun,
        "object_determiner": "a" if determiner == "an" else determiner,
        "object_number": number,
        "adjective": words[0] if words else "none",
    }


def with_object_adjectives(parts: list[Part]) -> list[Part]:
    """Return every object that takes an adjective and has none yet, once with each that suits it."""
    return [
        part | {"adjective": adjective}
        for part in parts
        if part["adjective"] == "none"
        for adjective in OBJECT_ADJECTIVES.get(part["object"], "").split()
    ]


def suits(subject: Part, words: str) -> bool:
    """Say whether a subject can stand with an object, recipient or place.

    `own` needs a subject whose possessive is known; a pronoun must not mean the subject itself.
    """
    noun = subject["subject"]
    own = words.split()
    nobody = noun == "who" or (
        subject["number"] == "singular" and PEOPLE.get(noun, ("", "", ""))[2] == "none"
    )
    if "own" in own and nobody:
        return False
    plural = subject["number"] == "plural"
    if plural and own[0] == "own" and own[-1] in _PERSONAL:
        return False
    if words == noun or (noun == "you" and words == "you"):
        return False
    if noun in ("I", "we") and words in ("me", "us"):
        return False
    if words in ("him", "her") and subject["number"] == "singular":
        # "Mary lent her her car": could be Mary herself.
        return words != _singular_pronoun(noun)
    if words == "them":
        return noun != "they"
    # "My uncle visited his uncle", "the doctor called the doctor", "my grandfather visited his grandmother".
    elders = noun.startswith("grand") and own[0] == "own" and own[-1] in _ELDERS
    return not elders and own[-1].removesuffix("+") != noun


def _singular_pronoun(noun: str) -> str:
    possessive = NAMES.get(noun) or (PEOPLE[noun][2] if noun in PEOPLE else PRONOUNS.get(noun, ("",) * 4)[3])
    return {"his": "him"}.get(possessive, possessive)


def group_by_subjects(all_subjects: list[Part], words: list[str]) -> dict[tuple[int, ...], list[str]]:
    """Sort phrases by the subjects they can stand with: {indexes of the subjects: phrases}."""
    groups: dict[tuple[int, ...], list[str]] = {}
    for phrase in words:
        fitting = tuple(index for index, subject in enumerate(all_subjects) if suits(subject, phrase))
        if fitting:
            groups.setdefault(fitting, []).append(phrase)
    return groups
