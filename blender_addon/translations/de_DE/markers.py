# SPDX-License-Identifier: GPL-3.0-or-later
"""Emotions and their markers, in German."""

EMOTIONS = {
    "neutral": "neutral",
    "angry": "wütend",
    "contempt": "verächtlich",
    "disgusted": "angewidert",
    "fear": "ängstlich",
    "happy": "fröhlich",
    "sad": "traurig",
    "surprised": "überrascht",
}

BUTTONS = {
    "Add emotion marker": "Emotionsmarker setzen",
    "Jump to emotion marker": "Zum Emotionsmarker springen",
    "Remove emotion marker": "Emotionsmarker entfernen",
}

OWN_WORDS = {
    "Easing": "Verlauf",
    "Hold": "Sprung",
    "Linear": "Linear",
    "Smooth": "Sanft",
    "Ease in": "Sanft beginnen",
    "Ease out": "Sanft enden",
}

TEXTS = {
    **{name.capitalize(): german.capitalize() for name, german in EMOTIONS.items()},
    **{f"The face feels {name} from here on": f"Ab hier ist das Gesicht {german}" for name, german in EMOTIONS.items()},
    "Emotion": "Emotion",
    "Emotion at the playhead": "Emotion am Abspielkopf",
    "What the face feels from the playhead on": "Was das Gesicht ab dem Abspielkopf fühlt",
    "What the face feels from this marker on": "Was das Gesicht ab diesem Marker fühlt",
    "Intensity": "Intensität",
    "How strongly, from a trace to the full expression": "Wie stark, von einem Hauch bis zum vollen Ausdruck",
    "Transition": "Übergang",
    "How many seconds the face takes to come to this emotion: at least 0.2, eased in or out 0.3. Only Hold jumps": (
        "Wie viele Sekunden das Gesicht bis zu dieser Emotion braucht: mindestens 0,2, bei sanftem Beginn oder Ende "
        "allein 0,3. Nur „Sprung“ springt"
    ),
    "How the emotion comes": "Wie die Emotion kommt",
    "Jumps to the emotion at the marker, without a transition": "Springt am Marker zur Emotion, ohne Übergang",
    "Changes evenly": "Ändert sich gleichmäßig",
    "Begins and ends gently": "Beginnt und endet sanft",
    "Begins gently, ends at speed": "Beginnt sanft, endet mit Schwung",
    "Begins at speed, ends gently": "Beginnt mit Schwung, endet sanft",
    "Set this emotion from the playhead on; a marker on the same frame is changed": (
        "Setzt ab dem Abspielkopf diese Emotion; ein Marker auf demselben Bild wird geändert"
    ),
    "The face feels {emotion} from the playhead on; a marker on the same frame is changed.\n"
    "Shift: add it to what that marker sets already; above 1 together, all give way alike": (
        "Ab dem Abspielkopf ist das Gesicht {emotion}; ein Marker auf demselben Bild wird geändert.\n"
        "Umschalt: kommt zu dem hinzu, was dieser Marker schon setzt; über 1 geben alle gleichmäßig nach"
    ),
    "Mix": "Mischen",
    "Feel it together with what the marker on this frame sets already": (
        "Zusammen mit dem fühlen, was der Marker auf diesem Bild schon setzt"
    ),
    "Delete this marker from the timeline": "Löscht diesen Marker von der Zeitleiste",
    "Move the playhead to the nearest emotion marker before or after it": (
        "Setzt den Abspielkopf auf den nächsten Emotionsmarker davor oder danach"
    ),
    "Direction": "Richtung",
    "Where to look for a marker": "Wo nach einem Marker gesucht wird",
    "Next": "Nächster",
    "The nearest emotion marker after the playhead": "Der nächste Emotionsmarker nach dem Abspielkopf",
    "Previous": "Vorheriger",
    "The nearest emotion marker before the playhead": "Der letzte Emotionsmarker vor dem Abspielkopf",
    "There are no emotion markers yet": "Es gibt noch keine Emotionsmarker",
    "There is no emotion marker after the playhead": "Nach dem Abspielkopf kommt kein Emotionsmarker mehr",
    "There is no emotion marker before the playhead": "Vor dem Abspielkopf steht kein Emotionsmarker",
    "By curve, not by markers: {emotions}.": "Durch Kurven, nicht durch Marker: {emotions}.",
    "As last planned: {warning}": "Wie zuletzt geplant: {warning}",
    "Pie menu of emotions": "Kreismenü der Emotionen",
    "Emotions on the timeline": "Emotionen auf der Zeitleiste",
    "Show a band with the emotions over time, and a face at each emotion marker, in timelines and the sequencer": (
        "Zeigt in Zeitleisten und im Sequenzer ein Band mit den Emotionen über die Zeit und ein Gesicht an jedem "
        "Emotionsmarker"
    ),
}
