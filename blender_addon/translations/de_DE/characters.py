# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters and their voices, in German."""

BUTTONS = {
    "Add character": "Figur hinzufügen",
    "Remove character": "Figur entfernen",
    "Load audio": "Ton laden",
    "Use selected sounds": "Ausgewählte Töne verwenden",
    "Selected": "Auswahl",
    "Speak no more": "Nicht mehr sprechen",
}

TEXTS = {
    "Name": "Name",
    "What the character is called; markers that begin with it are felt by this one": (
        "Wie die Figur heißt; was Marker sagen, die damit beginnen, fühlt diese"
    ),
    "The character that the panel shows": "Die Figur, die das Panel zeigt",
    "Another character in this scene, with a voice, an actor and emotions of its own": (
        "Noch eine Figur in dieser Szene, mit eigener Stimme, eigenem Schauspieler und eigenen Emotionen"
    ),
    "Take this character out of the scene, with its emotion markers and landmarks; its strips stay": (
        "Nimmt diese Figur aus der Szene, mit ihren Emotionsmarkern und Landmarken; ihre Streifen bleiben"
    ),
    "This scene is linked from another file": "Diese Szene ist aus einer anderen Datei verknüpft",
    "This scene is linked from another file: make it local to change anything.": (
        "Diese Szene ist aus einer anderen Datei verknüpft: zum Ändern lokal machen."
    ),
    "No voice yet": "Noch keine Stimme",
    "Put a recorded voice on the timeline; it takes the place of the one loaded before. A character that speaks "
    "several strips gets one more, at the playhead": (
        "Legt eine aufgenommene Stimme auf die Zeitleiste, an die Stelle der zuvor geladenen. Eine Figur, die mehrere "
        "Streifen spricht, bekommt noch einen dazu, am Abspielkopf"
    ),
    "Add at playhead": "Am Abspielkopf hinzufügen",
    "Keep the voice that is there, and let the character speak this one too": (
        "Behält die vorhandene Stimme und lässt die Figur auch diese sprechen"
    ),
    "Let the face speak the selected sound strips.\nShift: beside those that it speaks already": (
        "Lässt das Gesicht die ausgewählten Tonstreifen sprechen.\nUmschalt: zusätzlich zu denen, die es schon spricht"
    ),
    "Add": "Hinzufügen",
    "Keep the strips that the character speaks already": "Behält die Streifen, die die Figur schon spricht",
    "The character speaks this strip no more; it stays on the timeline": (
        "Die Figur spricht diesen Streifen nicht mehr; er bleibt auf der Zeitleiste"
    ),
    "Load an audio file first": "Zuerst eine Audiodatei laden",
    "Select a sound strip in the sequencer": "Zuerst im Sequenzer einen Tonstreifen auswählen",
    "The character's voice is muted": "Die Stimme der Figur ist stummgeschaltet",
    "Actor": "Schauspieler",
    "Who is seen: an actor that the backend has": "Wer zu sehen ist: ein Schauspieler, den das Backend hat",
    "Seed": "Startwert",
    "Another number gives another take of speech, blinks, gaze and head": (
        "Eine andere Zahl ergibt einen anderen Take von Sprechen, Blinzeln, Blick und Kopf"
    ),
}
