# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons, their tooltips, and why they cannot be pressed, in German."""

BUTTONS = {
    "Start backend": "Backend starten",
    "Connect": "Verbinden",
    "Stop backend": "Backend beenden",
    "Load audio": "Audio laden",
    "Use selected sound": "Ausgewählten Ton verwenden",
    "Selected": "Ausgewählter",
    "Plan": "Planen",
    "Landmark empties": "Landmarken-Empties",
    "Render into sequencer": "In den Sequenzer rendern",
    "Cancel": "Abbrechen",
    "Show true colours": "Echte Farben zeigen",
    "Live": "Live",
}

TEXTS = {
    "Start the program that plans and renders, or connect to it if it runs already": (
        "Startet das Programm, das plant und rendert, oder verbindet sich mit ihm, falls es schon läuft"
    ),
    "Connect to a backend that runs already, on this computer or where the connection file says": (
        "Verbindet sich mit einem Backend, das schon läuft, auf diesem Rechner oder wo die Verbindungsdatei sagt"
    ),
    "End the backend if it was started here, else only leave it; finished frames are kept": (
        "Beendet das Backend, wenn es von hier gestartet wurde, sonst nur die Verbindung; fertige Bilder bleiben"
    ),
    "A backend is connected already": "Ein Backend ist schon verbunden",
    "No backend is connected": "Kein Backend ist verbunden",
    "Start the backend first": "Zuerst das Backend starten",
    "The backend is busy; wait or cancel": "Das Backend ist beschäftigt; warten oder abbrechen",
    "Put a recorded voice on the timeline; it takes the place of the one loaded before": (
        "Legt eine aufgenommene Stimme auf die Zeitleiste, an die Stelle der zuvor geladenen"
    ),
    "Let the face speak the active sound strip": "Lässt das Gesicht den aktiven Tonstreifen sprechen",
    "Load an audio file first": "Zuerst eine Audiodatei laden",
    "Select a sound strip in the sequencer": "Zuerst im Sequenzer einen Tonstreifen auswählen",
    "This scene is linked from another file": "Diese Szene ist aus einer anderen Datei verknüpft",
    "Work out how the face moves over the whole voice; landmark empties are updated": (
        "Berechnet, wie sich das Gesicht über die ganze Stimme bewegt; Landmarken-Empties werden erneuert"
    ),
    "Make 68 keyed empties of the planned face, under one that carries the head's pose": (
        "Macht aus dem geplanten Gesicht 68 animierte Empties unter einem, das die Kopfhaltung trägt"
    ),
    "Plan the shot first": "Zuerst die Einstellung planen",
    "Render the talking head and show it as an image strip; plans first where something changed": (
        "Rendert den sprechenden Kopf und zeigt ihn als Bildstreifen; plant vorher, wo sich etwas geändert hat"
    ),
    "Render into the sequencer first": "Zuerst in den Sequenzer rendern",
    "Stop what the backend is doing; finished frames stay": "Hält an, was das Backend tut; fertige Bilder bleiben",
    "Nothing is running": "Es läuft nichts",
    "Let the sequencer show the pictures as they were rendered: by the strip's colour space where that is enough, "
    "else by the Standard view transform without look, exposure and gamma": (
        "Lässt den Sequenzer die Bilder zeigen, wie sie gerendert wurden: durch den Farbraum des Streifens, wo das "
        "genügt, sonst durch die Ansichtstransformation „Standard“ ohne Look, Belichtung und Gamma"
    ),
    "Show the face at the playhead, while the timeline plays and while you scrub": (
        "Zeigt das Gesicht am Abspielkopf, beim Abspielen und beim Verschieben des Abspielkopfs"
    ),
}
