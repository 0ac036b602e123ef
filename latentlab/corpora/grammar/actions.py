"""A verb with the objects, places and tenses that make sense with it; and the verbs of giving and of states.

Lists are separated by "; ". In an object, `own` stands for the subject's possessive and a final + for the
plural; in a place, `own` alone. An underscore is the blank within a noun. The other verbs are in
`activities.py`, `dealings.py`, `doings.py` and `creatures.py`, the combinations in `frames.py`.
"""

from dataclasses import dataclass

ACTIVITY = "hpfgqemcw"
"""The frames of an ordinary activity, one a letter.

h habit, p past, f future, g present progressive, q past progressive, e perfect, j perfect with `just` only,
m modal, c command, w question for the object; for states s simple present and past, y question why;
b: an intransitive verb that can stand alone.
"""

EVENT = "pjw"
"""The frames of what happens to people rather than being done by them: to lose, to find, to break."""


@dataclass(frozen=True)
class Action:
    """A verb and what goes with it."""

    verb: str
    objects: str = ""
    """Objects of a single occasion; none for an intransitive verb."""
    habits: str = ""
    """Objects in general, for habits; a transitive verb without them has no habitual frame."""
    places: str = ""
    who: str = "anyone"
    """`anyone`, `adult`, `child`, or the nouns of animals or things."""
    frames: str = ACTIVITY
    pace: str = "daily"
    """`daily` or `rare`: whether it goes with `this morning` or with `last week`."""
    manners: str = ""
    recipients: bool = False
    """Whether somebody receives the object ("gave me a book")."""
    settled: bool = False
    """Whether the place is never left out ("lives in Boston")."""


GIVING = (
    Action(
        "give",
        "a book; a present; some flower+; some money; the key; a ring; an apple",
        recipients=True,
        frames="pfemcw",
        who="adult",
    ),
    Action(
        "send",
        "a letter; an email; a postcard; some money; a present; a photo",
        "letter+; postcard+; money; email+",
        recipients=True,
        frames="hpfemcw",
    ),
    Action(
        "show",
        "the picture; a photo; own room; the way; own garden; the map; the letter",
        recipients=True,
        frames="pfemc",
    ),
    Action(
        "lend",
        "own car; own umbrella; some money; a pen; the bike; a book; own guitar",
        recipients=True,
        frames="pfemc",
    ),
    Action(
        "bring",
        "some water; some tea; an umbrella; some flower+; a sandwich; the newspaper",
        "flower+; coffee; breakfast",
        recipients=True,
        frames="hpfemcw",
    ),
    Action(
        "tell",
        "a story; a secret; the truth; a joke; the answer",
        "story+; joke+; the truth",
        recipients=True,
        frames="hpfemc",
    ),
    Action(
        "teach",
        "French; English; math; history; a song",
        "French; English; math; history",
        recipients=True,
        frames="pfgqemc",
        pace="rare",
        who="adult",
    ),
    Action(
        "buy",
        "a book; a hat; some coffee; a ticket; a present; a bike",
        "flower+; book+; present+",
        recipients=True,
        frames="hpfemw",
        pace="rare",
        who="adult",
    ),
    Action(
        "make",
        "some coffee; a sandwich; some tea; breakfast; a cake",
        "breakfast; coffee; lunch",
        recipients=True,
        frames="hpfgemc",
        who="adult",
    ),
)

STATIVE = (
    Action(
        "like",
        "coffee; tea; chocolate; cat+; dog+; fish; music; math; winter; summer; spicy food;"
        " old movie+; Chinese food; horse+",
        frames="sy",
    ),
    Action(
        "love",
        "chocolate; music; own job; own dog; summer; football; old book+; flower+; ice_cream;"
        " own family; horse+",
        frames="sy",
    ),
    Action(
        "hate",
        "winter; onion+; spider+; snake+; loud music; cold coffee; math; own job; homework; rain; cold soup",
        frames="sy",
    ),
    Action(
        "want",
        "a dog; some water; some ice_cream; a new bike; an answer; a job; some cake; a bigger house",
        frames="syw",
    ),
    Action(
        "need",
        "a doctor; some money; some sleep; a new coat; some help; a job; an umbrella; more time; new glasses",
        frames="syw",
    ),
    Action(
        "know",
        "the answer; the way; the rule+; own neighbor+; Tom; Mary; him; her; them; the truth;"
        " that man; this song; you",
        frames="s",
    ),
    Action(
        "understand", "the question; the problem; me; him; her; the rule+; French; this word; you", frames="s"
    ),
    Action("remember", "the story; the song; him; her; that day; me; own dream; the rule+; Tom", frames="s"),
    Action("believe", "me; him; her; the story; Tom; Mary; them; you", frames="sy"),
    Action("trust", "me; him; her; the doctor; Tom; Mary; own friend+; them; you", frames="sy"),
    Action(
        "miss",
        "Tom; Mary; him; her; own family; own friend+; school; summer; own dog; them; you",
        frames="sy",
    ),
    Action("speak", "French; English; Spanish; German; Italian; good English", frames="s"),
    Action(
        "have",
        "a car; a dog; a cat; a big house; a cold; a headache; long hair; blue eye+; some money; a garden;"
        " two brother+; three cat+; a new phone; more time; two sister+; an idea",
        frames="s",
    ),
)
