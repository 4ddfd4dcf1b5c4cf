# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things come from and go to: the scene's settings and the add-on's preferences, in German."""

TEXTS = {
    "Voice": "Stimme",
    "The sound strip that the face speaks": "Der Tonstreifen, den das Gesicht spricht",
    "Voice channel": "Kanal der Stimme",
    "Channel for a voice loaded here": "Kanal für eine hier geladene Stimme",
    "Pictures": "Bilder",
    "The image strip that was rendered": "Der gerenderte Bildstreifen",
    "Picture channel": "Kanal der Bilder",
    "Channel for the rendered strip, or the next free one above": (
        "Kanal für den gerenderten Streifen, oder der nächste freie darüber"
    ),
    "Actor": "Schauspieler",
    "Who is seen: an actor that the backend has": "Wer zu sehen ist: ein Schauspieler, den das Backend hat",
    "Seed": "Startwert",
    "Another number gives another take of speech, blinks, gaze and head": (
        "Eine andere Zahl ergibt einen anderen Take von Sprechen, Blinzeln, Blick und Kopf"
    ),
    "Preview range only": "Nur Vorschaubereich",
    "Render only the timeline's preview range, if one is set": (
        "Rendert nur den Vorschaubereich der Zeitleiste, falls einer gesetzt ist"
    ),
    "Frames": "Bilder",
    "Folder for rendered frames; an unsaved file uses the add-on's own folder": (
        "Ordner für gerenderte Bilder; eine ungespeicherte Datei nimmt den eigenen Ordner des Add-ons"
    ),
    "Head": "Kopf",
    "The empty that carries the head's pose": "Das Empty, das die Kopfhaltung trägt",
    "Backend Python": "Python des Backends",
    "The Python, or the emogene program, that has the backend; empty looks for one on this computer": (
        "Das Python oder das Programm „emogene“, das das Backend hat; leer wird auf diesem Rechner eines gesucht"
    ),
    "Actors": "Schauspieler",
    "Folder with actor packs of your own, beside the one that comes with the backend": (
        "Ordner mit eigenen Schauspieler-Paketen, neben dem, das zum Backend gehört"
    ),
    "Connection file": "Verbindungsdatei",
    "Written by a running backend, or by emogene keys for one elsewhere; empty is its usual place": (
        "Schreibt ein laufendes Backend, oder „emogene keys“ für eines anderswo; leer ist es der übliche Ort"
    ),
}
