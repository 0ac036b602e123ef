"""Inflection: plurals, articles, verb forms, agreement. Knows no meanings.

A verb may carry a particle ("wait for"): its first word is inflected.
"""

from collections.abc import Callable

from latentlab.corpora.grammar.lexicon import DOUBLED, IRREGULAR_PLURALS, IRREGULAR_VERBS, PLURAL_ONLY

_VOWELS = "aeiou"
# The words are few, so the exceptions are: "one" and "uni-" begin with a consonant, a mute h with a vowel.
_CONSONANT_SOUNDS = ("one", "uni", "use", "eu")
_VOWEL_SOUNDS = ("hour", "honest")

_BE_PRESENT = {("first", "singular"): "am", ("third", "singular"): "is"}
_NEGATED = {"am": "am not", "can": "can't", "will": "won't"}


def plural(noun: str) -> str:
    """Return the plural of a noun; nouns without a singular come back as they are.

    >>> [plural(noun) for noun in ("book", "dish", "story", "boy", "tooth", "clothes")]
    ['books', 'dishes', 'stories', 'boys', 'teeth', 'clothes']
    """
    if noun in PLURAL_ONLY:
        return noun
    return IRREGULAR_PLURALS.get(noun) or _add_s(noun)


def article(following: str) -> str:
    """Return `a` or `an`, by the sound of the word that follows.

    >>> [article(word) for word in ("book", "apple", "hour", "uniform")]
    ['a', 'an', 'an', 'a']
    """
    word = following.lower()
    vowel = word[0] in _VOWELS and not word.startswith(_CONSONANT_SOUNDS)
    return "an" if vowel or word.startswith(_VOWEL_SOUNDS) else "a"


def third_person(verb: str) -> str:
    """Return the third person singular of the present.

    >>> [third_person(verb) for verb in ("read", "go", "wash", "carry", "play", "have", "wait for")]
    ['reads', 'goes', 'washes', 'carries', 'plays', 'has', 'waits for']
    """
    return _first_word(verb, lambda word: {"have": "has", "be": "is"}.get(word) or _add_s(word))


def past(verb: str) -> str:
    """Return the past; `was` for `be`, whose plural is in `be_form`.

    >>> [past(verb) for verb in ("walk", "bake", "study", "stop", "eat", "look at")]
    ['walked', 'baked', 'studied', 'stopped', 'ate', 'looked at']
    """
    return _first_word(
        verb, lambda word: IRREGULAR_VERBS[word][0] if word in IRREGULAR_VERBS else _add_ed(word)
    )


def participle(verb: str) -> str:
    """Return the past participle.

    >>> [participle(verb) for verb in ("walk", "eat", "wake up")]
    ['walked', 'eaten', 'woken up']
    """
    return _first_word(
        verb, lambda word: IRREGULAR_VERBS[word][1] if word in IRREGULAR_VERBS else _add_ed(word)
    )


def gerund(verb: str) -> str:
    """Return the -ing form.

    >>> [gerund(verb) for verb in ("read", "bake", "run", "be", "see", "get up")]
    ['reading', 'baking', 'running', 'being', 'seeing', 'getting up']
    """
    return _first_word(verb, _add_ing)


def be_form(tense: str, person: str, number: str) -> str:
    """Return the present or past form of `be`.

    >>> be_form("present", "first", "singular"), be_form("past", "second", "none")
    ('am', 'were')
    """
    if tense == "past":
        return "was" if number == "singular" and person != "second" else "were"
    return _BE_PRESENT.get((person, number), "are")


def negated(auxiliary: str) -> str:
    """Return an auxiliary with its contracted `not`.

    >>> [negated(word) for word in ("do", "is", "can", "will", "am")]
    ["don't", "isn't", "can't", "won't", 'am not']
    """
    return _NEGATED.get(auxiliary, auxiliary + "n't")


def _first_word(verb: str, inflect: Callable[[str], str]) -> str:
    word, _, particle = verb.partition(" ")
    return f"{inflect(word)} {particle}".rstrip()


def _add_s(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")) or word in ("go", "do"):
        return word + "es"
    if word.endswith("y") and word[-2] not in _VOWELS:
        return word[:-1] + "ies"
    return word + "s"


def _add_ed(word: str) -> str:
    if word.endswith("e"):
        return word + "d"
    if word.endswith("y") and word[-2] not in _VOWELS:
        return word[:-1] + "ied"
    return (word + word[-1] if word in DOUBLED else word) + "ed"


def _add_ing(word: str) -> str:
    if word.endswith("e") and not word.endswith("ee") and word != "be":
        return word[:-1] + "ing"
    return (word + word[-1] if word in DOUBLED else word) + "ing"
