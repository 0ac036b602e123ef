"""What people and things are, where they are, and the weather. Data only; combined in `state_frames.py`."""

from latentlab.corpora.grammar.word_tables import split_phrases, split_words

PASSING = split_words(
    "tired hungry thirsty busy late sick angry happy sad sleepy ready nervous bored afraid alone"
)
"""Adjectives of a state that passes: they go with `yesterday`, `today` and with what may be."""

EXPECTED = split_words("tired hungry busy late ready happy alone angry")
"""Those of them that one may foresee."""

LASTING = split_words("kind smart tall rich famous strong shy friendly lazy polite patient honest")
"""Adjectives of a trait: no time goes with them."""

COMMANDED = {"affirmative": split_words("careful quiet kind polite patient honest ready")} | {
    "negative": split_words("late angry sad afraid nervous lazy shy")
}

UNGRADED = frozenset(
    split_words("alone ready open closed locked full empty dead true broken delicious yellow green ripe")
)
"""Adjectives without degrees."""

EXCESSIVE = frozenset(
    split_words(
        "tired busy late sick sleepy nervous cold hot salty strong bitter big small expensive long short"
        " boring sad difficult easy heavy dirty wet deep dangerous narrow quiet soft sweet sour slow old dark"
        " warm wide"
    )
)
"""Adjectives of which there can be too much."""

THINGS: dict[str, tuple[str, str]] = {
    # noun (+ for the plural): determiners, adjectives
    "soup": ("the this my your", "cold hot salty delicious"),
    "coffee": ("the this my your", "cold hot strong bitter"),
    "car": ("the this my your", "new dirty expensive fast old"),
    "house": ("the this my your", "big old expensive empty"),
    "room": ("the this my your", "small dark clean warm"),
    "book": ("the this my your", "interesting boring expensive long"),
    "movie": ("the this", "boring funny sad long"),
    "water": ("the this", "cold warm dirty clean"),
    "question": ("the this my your", "difficult easy important"),
    "test": ("the this", "difficult easy long short"),
    "box": ("the this my your", "heavy empty small full"),
    "shoe+": ("the these my your", "dirty new expensive wet"),
    "window+": ("the these", "open closed dirty small"),
    "door": ("the this", "open closed locked"),
    "store": ("the this", "open closed empty small"),
    "river": ("the this", "deep dangerous cold wide"),
    "street": ("the this", "quiet narrow empty long"),
    "flower+": ("the these my your", "beautiful yellow dead expensive"),
    "apple+": ("the these", "sweet green sour ripe"),
    "chair": ("the this my", "broken comfortable old"),
    "bag": ("the this my your", "heavy empty full new"),
    "story": ("the this your", "true long funny sad"),
    "bed": ("the this my", "comfortable soft small"),
    "knife": ("the this", "sharp new dirty"),
    "clothes": ("the these my your", "wet dirty clean new"),
    "plan": ("the this my your", "good simple dangerous"),
    "city": ("the this", "beautiful big famous dangerous"),
    "train": ("the this", "late full empty slow"),
}

PEOPLE_PLACES = split_phrases(
    "in the kitchen; at school; at home; in the garden; in bed; at the station; at work; in the hospital;"
    " on the bus; at the library; in the park; at the door; in the car; upstairs"
)

PET_PLACES = split_phrases(
    "in the garden; under the table; on the sofa; in the kitchen; on the roof; behind the door"
)

KEPT: dict[str, tuple[str, str]] = {
    # noun (+ for the plural): determiners, places
    "key+": ("the my your", "on the table; in the drawer; in the car; by the door"),
    "phone": ("the my your", "on the table; in the kitchen; in the car; on the bed"),
    "book": ("the my your this", "on the table; on the shelf; in the bag; under the bed"),
    "glasses": ("the my your", "on the table; in the drawer; on the shelf; in the car"),
    "umbrella": ("the my your", "by the door; in the car; in the hall; at home"),
    "bike": ("the my your", "in the garage; behind the house; in the yard; outside"),
    "bag": ("the my your", "under the table; in the car; on the chair; by the door"),
    "milk": ("the", "in the fridge; on the table; in the kitchen"),
    "bread": ("the", "on the table; in the kitchen; on the shelf"),
    "ball": ("the my your", "under the car; in the garden; on the roof; behind the sofa"),
    "shoe+": ("the my your", "under the bed; by the door; in the hall; outside"),
    "car": ("the my your", "in the garage; in front of the house; outside"),
    "letter": ("the my your", "on the table; in the drawer; in the bag"),
    "ticket+": ("the my your our", "in the bag; on the table; in the drawer"),
    "hat": ("the my your", "on the chair; on the bed; in the closet"),
    "map": ("the my your", "in the car; on the wall; on the table"),
}

FOUND: dict[str, tuple[str, str]] = {
    # noun: the numbers it comes in (or `mass`), places
    "cat": ("singular plural", "in the garden; under the table; on the roof; in the kitchen"),
    "dog": ("singular plural", "in the yard; in the park; at the door; in the car"),
    "bird": ("singular plural", "in the tree; on the roof; in the garden"),
    "book": ("singular plural", "on the table; on the shelf; under the bed"),
    "letter": ("singular plural", "on the table; in the box"),
    "bank": ("singular", "near the station; on this street; around the corner"),
    "hotel": ("singular plural", "near the station; near the beach; around here"),
    "tree": ("singular plural", "in front of the house; behind the school; in the garden"),
    "chair": ("singular plural", "in the room; in the garden; in the kitchen"),
    "apple": ("singular plural", "on the table; in the fridge; in the bag"),
    "mouse": ("singular plural", "in the kitchen; under the bed; in the house"),
    "spider": ("singular plural", "on the wall; in the bathroom; on the bed"),
    "car": ("singular plural", "in front of the house; in the garage; on the street"),
    "picture": ("singular plural", "on the wall; in the book"),
    "child": ("plural", "in the park; in the garden; on the bus"),
    "boat": ("singular plural", "on the lake; on the river"),
    "milk": ("mass", "in the fridge; in the glass"),
    "snow": ("mass", "on the roof; on the street"),
    "bread": ("mass", "on the table; in the kitchen"),
    "water": ("mass", "in the bottle; on the floor; in the boat"),
    "money": ("mass", "in the box; on the table; in the drawer"),
}

STANDING = ("bank", "hotel", "tree", "picture")
"""What does not come and go within a day."""

JOBS: dict[str, str] = {
    # noun: adjectives
    "teacher": "good math young",
    "doctor": "good famous young",
    "nurse": "good young",
    "student": "good lazy bad",
    "singer": "good famous popular",
    "writer": "good famous popular",
    "lawyer": "good rich young",
    "farmer": "rich poor old",
    "driver": "good careful bad bus",
    "cook": "good bad excellent",
    "artist": "great famous poor",
    "engineer": "good young excellent",
    "dancer": "good great bad",
    "swimmer": "good fast strong",
}

VISITED = split_phrases(
    "to the beach; to Paris; to London; to Japan; to the zoo; to the museum; to New York; to a wedding;"
    " to Canada; abroad; to the opera; to Boston; to Italy; to the mountains"
)

SKIES = {
    "verbs": ("rain", "snow"),
    "adjectives": split_words("cold hot warm windy sunny cloudy dark foggy"),
    "places": split_phrases("here; in Boston; in London; in the mountains; outside; by the sea"),
}
