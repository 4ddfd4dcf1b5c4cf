# SPDX-License-Identifier: GPL-3.0-or-later
"""How the face acts: strength and curves of emotions, speech, life, in German."""

from .markers import EMOTIONS

_STRENGTHS = {
    "the whole face": "das ganze Gesicht",
    "the brows, beside what Overall does": "die Brauen, neben „Gesamt“",
    "the lids, beside what Overall does": "die Lider, neben „Gesamt“",
    "mouth, jaw and the wings of the nose, beside what Overall does": ("Mund, Kiefer und Nasenflügel, neben „Gesamt“"),
}

TEXTS = {
    **{
        f"How {name} the face is, 0 to 1. Animate it, and its curve takes the place of what markers say of {name}; "
        "left at 0 without keyframes, the markers decide": (
            f"Wie {german} das Gesicht ist, 0 bis 1. Animiert tritt die Kurve an die Stelle dessen, was Marker dazu "
            "sagen; bei 0 ohne Keyframes entscheiden die Marker"
        )
        for name, german in EMOTIONS.items()
        if name != "neutral"
    },
    **{
        f"How far emotions move {what}: 0 not at all, 1 as the actor does, 2 twice as far": (
            f"Wie weit Emotionen {german} bewegen: 0 gar nicht, 1 wie beim Schauspieler, 2 doppelt so weit"
        )
        for what, german in _STRENGTHS.items()
    },
    "Overall": "Gesamt",
    "Brows": "Brauen",
    "Eyes": "Augen",
    "Mouth": "Mund",
    "How far mouth and jaw move: below 1 mumbles, above 1 speaks with a big mouth. Lips still close on p, b and m": (
        "Wie weit sich Mund und Kiefer bewegen: unter 1 nuschelt das Gesicht, über 1 spricht es mit großem Mund. Bei "
        "p, b und m schließen sich die Lippen trotzdem"
    ),
    "Liveliness": "Lebendigkeit",
    "How freely the face is acted: 0 always speaks the most likely way, more differs from take to take (see Seed) and "
    "is less sure": (
        "Wie frei das Gesicht spielt: 0 spricht immer auf die wahrscheinlichste Weise, mehr ist von Take zu Take "
        "(siehe „Startwert“) anders und weniger sicher"
    ),
    "Smoothing": "Glättung",
    "Calms brows, eyes and nose over so many seconds. The mouth is never smoothed: it stays with the voice": (
        "Beruhigt Brauen, Augen und Nase über so viele Sekunden. Der Mund wird nie geglättet: er bleibt bei der Stimme"
    ),
    "Lip closure": "Lippenschluss",
    "How surely the lips meet on p, b and m, and the lower lip the teeth on f and v: 0 leaves it to chance, 1 closes "
    "them where these sounds are heard, 2 also where they are only guessed": (
        "Wie sicher sich die Lippen bei p, b und m treffen, und die Unterlippe die Zähne bei f und w: 0 überlässt es "
        "dem Zufall, 1 schließt sie, wo diese Laute zu hören sind, 2 auch, wo sie nur vermutet werden"
    ),
    "Blinks": "Blinzeln",
    "How often the eyes blink: 0 never, 1 as a person does, 2 twice as often": (
        "Wie oft die Augen blinzeln: 0 nie, 1 wie bei einem Menschen, 2 doppelt so oft"
    ),
    "Gaze": "Blick",
    "How far the eyes wander, and the head with wide looks: 0 keeps the eyes on the viewer, 1 wanders as a person's": (
        "Wie weit die Augen wandern, und bei weiten Blicken der Kopf: bei 0 bleiben sie beim Betrachter, bei 1 wandern "
        "sie wie die eines Menschen"
    ),
    "Breath": "Atem",
    "How far breathing and the body's slight sway move the head: 0 not at all, 1 as a person's": (
        "Wie weit Atem und leichtes Schwanken des Körpers den Kopf bewegen: 0 gar nicht, 1 wie bei einem Menschen"
    ),
    "Head motion": "Kopfbewegung",
    "How much the head moves as the actor's did when recorded: 0 not at all, 1 as recorded. Gaze and Breath move it "
    "too: for a head that is wholly still set all three to 0": (
        "Wie sehr sich der Kopf so bewegt wie der aufgenommene des Schauspielers: 0 gar nicht, 1 wie aufgenommen. Auch "
        "„Blick“ und „Atem“ bewegen ihn: für einen ganz stillen Kopf alle drei auf 0 setzen"
    ),
    "Head object": "Kopfobjekt",
    "Its animation moves the head: as it turns (without rotation the head looks along -Y) and as far as it goes from "
    "where it is on the first frame of the shot. An empty will do": (
        "Seine Animation bewegt den Kopf: wie es sich dreht (ohne Drehung blickt der Kopf entlang -Y) und so weit, wie "
        "es sich von seinem Platz auf dem ersten Bild der Einstellung entfernt. Ein Empty genügt"
    ),
    "'{name}' was deleted, so it does not move the head.": (
        "„{name}“ wurde gelöscht und bewegt deshalb den Kopf nicht."
    ),
    "Object weight": "Objektgewicht",
    "How much of the object's movement the head takes, added to Head motion: 0 nothing, 1 all of it": (
        "Wie viel von der Bewegung des Objekts der Kopf übernimmt, zusätzlich zu „Kopfbewegung“: 0 nichts, 1 alles"
    ),
    "Pauses": "Pausen",
    "How the head rests in pauses of the voice": "Wie der Kopf in Sprechpausen ruht",
    "Random length": "Zufällige Länge",
    "Rests of random length with even gaps between them": "Ruhezeiten zufälliger Länge mit gleichen Abständen",
    "Random gap": "Zufälliger Abstand",
    "Rests of one length with random gaps between them": "Gleich lange Ruhezeiten mit zufälligen Abständen",
    "All random": "Alles zufällig",
    "Lengths and gaps are both random": "Längen und Abstände sind zufällig",
    "Even": "Gleichmäßig",
    "Lengths and gaps are always the same": "Längen und Abstände sind immer gleich",
    "None": "Keine",
    "The head goes on moving as in speech": "Der Kopf bewegt sich weiter wie beim Sprechen",
}
