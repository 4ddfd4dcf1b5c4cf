# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things of the scene come from and go to, in German."""

TEXTS = {
    "Voice channel": "Kanal der Stimme",
    "Channel for a voice loaded here": "Kanal für eine hier geladene Stimme",
    "Picture channel": "Kanal der Bilder",
    "Channel for the rendered strip, or the next free one above": (
        "Kanal für den gerenderten Streifen, oder der nächste freie darüber"
    ),
    "Preview range only": "Nur Vorschaubereich",
    "Render only the timeline's preview range, if one is set": (
        "Rendert nur den Vorschaubereich der Zeitleiste, falls einer gesetzt ist"
    ),
    "Frames": "Bilder",
    "Folder for rendered frames; an unsaved file uses the add-on's own folder": (
        "Ordner für gerenderte Bilder; eine ungespeicherte Datei nimmt den eigenen Ordner des Add-ons"
    ),
}
