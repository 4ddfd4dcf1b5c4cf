"""Sentences to speak: templates filled from word lists, chosen for sounds rather than sense.

English has sentences, prompts and numbers; other languages have strings of their own words, since only sounds count.
"""

import numpy as np

# fmt: off
PEOPLE = (
    "my brother", "her mother", "a baker", "the painter", "old Pamela", "Bob", "Phoebe", "the whole team",
    "our neighbour", "a young boy", "the judge", "Vivian", "the mayor", "George", "a plumber", "the fisherman",
    "Thelma", "Ruth", "the crew", "a shy girl", "both women", "Hugh", "the beekeeper", "nobody", "everybody",
    "a famous chef", "Joy", "the chief",
)
VERBS = (
    "brought", "pushed", "bought", "moved", "watched", "threw", "kept", "found", "measured", "chose", "washed", "hid",
    "painted", "carried", "pulled", "wrapped", "gave away", "made", "forgot", "believed in", "laughed at", "opened",
    "shook", "judged", "filled", "baked", "missed", "heard", "voted for", "looked after", "bumped into", "worked on",
)
THINGS = (
    "a big blue boat", "the open window", "five paper maps", "a bowl of warm soup", "the smooth stones",
    "her gold watch", "a purple umbrella", "the broken piano", "some fresh apples", "a wooden spoon",
    "the yellow van", "a pair of boots", "the whole pie", "his favourite movie", "a huge mushroom", "the thick rope",
    "those empty bottles", "a loud trumpet", "the garage door", "a jar of honey", "the white feather",
    "a bag of beans", "three thin leaves", "my new bicycle", "the beige carpet", "an unusual treasure",
    "the tiny mouse", "a puppy", "good music", "the azure vase", "a jumbo jet",
)
PLACES = (
    "by the river", "before breakfast", "in the valley", "under the old bridge", "at the market", "behind the church",
    "above the clouds", "for the whole summer", "on a rainy Thursday", "near the harbour", "with both hands",
    "at once", "in the middle of February", "beyond the garden wall", "after a very long trip",
    "from the top of the hill", "around the corner", "without a map", "at five past four", "during the vote",
    "on the beach", "for my birthday",
)
ADJECTIVES = (
    "happy", "deep", "fabulous", "rough", "very cheap", "warm", "beautiful", "too heavy", "obvious", "pure",
    "quite smooth", "awful", "broken", "possible", "thirsty", "loyal", "rather shy", "perfectly calm", "vague",
    "amazing", "bumpy", "wise",
)
FEELINGS = (
    "I never thought it would be this", "Nobody told me that the sea was so", "We should have been more",
    "They say the weather up there is", "You look", "Everything about the place seemed", "How can a voice be so",
    "This morning the air felt", "Why are the apples so",
)
OPENERS = (
    "Well,", "Please,", "Maybe", "Of course", "Before that,", "By the way,", "Honestly,", "Oh boy,", "Yes,", "No,",
    "Believe me,", "From now on", "In my opinion,", "Look,", "Above all,",
)
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
COMMANDS = (
    "press {d} to save the message", "to change the password, press {d}", "please hold the line",
    "you have {d} new messages", "beep after {d} seconds", "please speak up", "push the button on the map",
    "the number you have dialled is {d} {e} {d}", "move {d} steps back", "open file {d}",
    "the temperature is {t} below", "page {t} {e} is empty", "my phone number is {d} {e} {e} {d}", "bring up map {d}",
    "remove the plug", "mark the spot by pushing {d}", "the bus at platform {d} leaves at {t} past {e}",
    "to hear the menu again, press {d} or say pause", "goodbye", "welcome back", "that is a valid option",
)
PLOSIVE_WORDS = (
    "pepper", "bubble", "puppet", "baby", "maple", "bump", "pub", "pump", "mob", "beep", "popcorn", "bamboo",
    "mumble", "hope", "cape", "tub", "map", "mop", "bib", "pebble", "ample", "member", "bumper", "paper", "pipe",
    "cobweb", "mama", "papa", "pop", "top", "boom", "bomb", "plum", "climb", "simple", "remember", "probably",
    "hobby", "happy",
)
CONTRASTS = (
    "fine", "vine", "thin", "then", "fool", "vow", "shoe", "chew", "you", "we", "why", "row", "low", "know", "law",
    "raw", "fee", "foe", "few", "sheep", "ship", "food", "foot", "bought", "boat", "bout", "bite", "bait", "bet",
    "bat", "beat", "boot", "but", "boy", "bear", "beer", "bar", "fur", "measure", "church", "judge", "sing", "sun",
    "zoo", "hue", "heat",
)
OTHER_LANGUAGES = {
    "de": (
        "Bitte", "bringen", "schöne", "Bücher", "Äpfel", "wir", "möchten", "über", "fünf", "Brücke", "Baum",
        "Pfeffer", "Vogel", "Haus", "und", "kaum", "Mutter", "spielen", "Zeug", "immer", "Buch", "Wasser", "rot",
        "blau", "gehen", "Straße", "Brot", "Papier", "Mond", "ohne", "heute", "Musik", "viel", "Fenster", "müde",
        "Öl", "klein", "Apfelbaum",
    ),
    "es": (
        "por", "favor", "bueno", "pan", "vino", "mucho", "pueblo", "amigo", "boca", "lluvia", "hombre", "mujer",
        "fuego", "verde", "papel", "abrir", "tiempo", "sombra", "cabeza", "feliz", "mañana", "jamás", "nube", "campo",
        "mapa", "gato", "perro", "cielo", "azul", "bomba", "primavera", "chico", "muy", "año", "yo", "ayer", "mover",
        "puma",
    ),
    "fr": (
        "je", "voudrais", "un", "bon", "vin", "blanc", "peur", "bleue", "la", "rue", "petit", "beau", "pomme",
        "vivre", "maman", "papa", "fou", "chaud", "jamais", "beaucoup", "lune", "feu", "oiseau", "montagne", "vieux",
        "pont", "simple", "tomber", "au", "bord", "mer", "bateau", "jour", "nuit", "propre", "semble", "oui",
        "famille",
    ),
    "it": (
        "per", "favore", "buono", "pane", "vino", "molto", "bambino", "acqua", "ombra", "mappa", "uovo", "fuoco",
        "bella", "giorno", "pioggia", "scuola", "amico", "sempre", "campo", "babbo", "mamma", "vedere", "bianco",
        "chiesa", "cielo", "piccolo", "fiume", "muro", "pepe", "volpe", "gioia", "luce", "sogno", "figlio", "zio",
        "gente",
    ),
    "pt-BR": (
        "bom", "dia", "muito", "pão", "amigo", "mapa", "chuva", "boca", "verde", "feliz", "homem", "tempo", "sombra",
        "mamãe", "papai", "bola", "pipa", "vida", "fumo", "campo", "nuvem", "povo", "primo", "bomba", "jogo", "filho",
    ),
    "nl": (
        "appel", "boom", "vijf", "mooie", "boeken", "wij", "brug", "peper", "vogel", "huis", "moeder", "spelen",
        "water", "papier", "maan", "muziek", "veel", "klein", "brood", "straat", "zomer", "bloem", "morgen", "fiets",
        "naam",
    ),
}
# fmt: on


def sentence(language: str, rng: np.random.Generator) -> str:
    """One sentence with its final mark; `language` is an espeak-ng name, all English ones alike."""
    if language.startswith("en"):
        return _capital(_english(rng))
    words = OTHER_LANGUAGES[language]
    chosen = [words[i] for i in rng.integers(len(words), size=int(rng.integers(4, 10)))]
    if len(chosen) > 5:
        chosen[len(chosen) // 2] += ","
    return _capital(" ".join(chosen) + _mark(rng))


def _english(rng: np.random.Generator) -> str:
    kind = rng.random()
    if kind < 0.40:
        text = f"{_one(PEOPLE, rng)} {_one(VERBS, rng)} {_one(THINGS, rng)} {_one(PLACES, rng)}"
        if rng.random() < 0.35:
            text = f"{_one(OPENERS, rng)} {text}"
        if rng.random() < 0.25:
            text += f", and {_one(PEOPLE, rng)} {_one(VERBS, rng)} {_one(THINGS, rng)}"
    elif kind < 0.55:
        text = f"{_one(FEELINGS, rng)} {_one(ADJECTIVES, rng)} {_one(PLACES, rng)}"
    elif kind < 0.75:
        command = _one(COMMANDS, rng)
        text = command.format(d=_one(DIGITS, rng), e=_one(DIGITS, rng), t=_one(TENS, rng))
    elif kind < 0.87:
        text = _listed([_one(PLOSIVE_WORDS, rng) for _ in range(int(rng.integers(3, 7)))], rng)
    elif kind < 0.95:
        text = _listed([_one(CONTRASTS, rng) for _ in range(int(rng.integers(3, 7)))], rng)
    else:
        text = _listed([_one(DIGITS, rng) for _ in range(int(rng.integers(3, 8)))], rng)
    return text + _mark(rng)


def _listed(words: list[str], rng: np.random.Generator) -> str:
    return (", " if rng.random() < 0.3 else " ").join(words)


def _one(words: tuple[str, ...], rng: np.random.Generator) -> str:
    return words[int(rng.integers(len(words)))]


def _mark(rng: np.random.Generator) -> str:
    return "?" if rng.random() < 0.15 else "."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
