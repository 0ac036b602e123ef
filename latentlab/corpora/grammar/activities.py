"""What people do at home, at school and for fun. Data, in the form of `actions.py`."""

from latentlab.corpora.grammar.actions import Action

ACTIVITIES = (
    Action(
        "read",
        "a book; the newspaper; a magazine; the letter; a story; the book",
        "book+; the newspaper; magazine+",
        "in the kitchen; in bed; in the library; on the train; in the garden",
    ),
    Action(
        "write",
        "a letter; a poem; an email; a story; a postcard",
        "letter+; poem+; story+",
        "in the library; in own room",
    ),
    Action(
        "eat",
        "an apple; a sandwich; the cake; the soup; breakfast; lunch; the salad",
        "apple+; fish; bread; rice; meat; breakfast; fruit",
        "in the kitchen; at home; in the garden; in the park",
    ),
    Action(
        "drink",
        "some water; some tea; the coffee; the milk; some juice",
        "coffee; tea; water; milk; juice",
        "in the kitchen; at home; in the garden",
    ),
    Action(
        "cook",
        "dinner; the soup; the fish; some rice; lunch; the meat",
        "dinner; fish; rice; lunch",
        "in the kitchen; at home",
        "adult",
    ),
    Action(
        "bake",
        "a cake; some bread; some cookie+; a pie",
        "bread; cake+; cookie+",
        "in the kitchen; at home",
        "adult",
    ),
    Action(
        "buy",
        "a car; a book; a hat; some bread; some milk; a ticket; a house; some flower+; a phone",
        "flower+; book+; fresh bread; new clothes; fruit",
        "",
        "adult",
        pace="rare",
    ),
    Action(
        "sell",
        "own car; own house; the bike; the boat; the horse; own guitar",
        "flower+; car+; fruit; book+",
        "",
        "adult",
        pace="rare",
    ),
    Action(
        "wash",
        "own hand+; the car; the dish+; the window+; own clothes",
        "own hand+; the dish+; the car; own clothes",
    ),
    Action(
        "clean",
        "own room; the kitchen; the window+; the house; the bathroom",
        "own room; the kitchen; the house; the bathroom",
    ),
    Action("open", "the window; the door; the box; the letter; the bottle; the gate", frames="pfgqemc"),
    Action("close", "the window; the door; the gate; own eye+; the box", frames="pfgqemc"),
    Action(
        "watch", "TV; a movie; the game; a video; the movie", "TV; movie+; football", "at home; in own room"
    ),
    Action(
        "play",
        "the piano; the guitar; the violin; the drum+",
        "the piano; the guitar; the violin; the drum+",
        "in own room; at school; at home",
    ),
    Action(
        "play",
        "tennis; football; basketball; baseball",
        "tennis; football; basketball; baseball",
        "in the park; at school; on the beach",
        frames="hpfgqemc",
    ),
    Action(
        "play",
        "chess; cards; a game",
        "chess; cards",
        "in the park; at home; on the train; in the kitchen",
        frames="hpfgqemc",
    ),
    Action(
        "learn",
        "French; English; Spanish; a poem; a song; German",
        "",
        "at school",
        pace="rare",
        frames="pfgqemcw",
    ),
    Action(
        "study",
        "French; math; history; biology; English",
        "French; math; history; biology; English",
        "at school; in the library; in own room; at home",
    ),
)
