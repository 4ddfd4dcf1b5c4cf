# SPDX-License-Identifier: GPL-3.0-or-later
"""Shots for a farm or the command line, in German."""

BUTTONS = {
    "Write shot folder": "Shot-Ordner schreiben",
    "All": "Alle",
    "Copy command": "Befehl kopieren",
    "Copy": "Kopieren",
    "For the farm": "Für die Farm",
}

TEXTS = {
    "Farm and Command Line": "Farm und Kommandozeile",
    "Shot folders": "Shot-Ordner",
    "Where folders for the farm and the command line are written": (
        "Wohin Ordner für Farm und Kommandozeile geschrieben werden"
    ),
    "Write a folder that has all the shot needs (document, voice, background, actor), for a render farm or the "
    "command line. No backend is needed; earlier folders stay": (
        "Schreibt einen Ordner mit allem, was der Shot braucht (Dokument, Stimme, Hintergrund, Schauspieler), für eine "
        "Renderfarm oder die Kommandozeile. Ein Backend ist nicht nötig; frühere Ordner bleiben"
    ),
    "A folder for each character that has a voice": "Ein Ordner für jede Figur, die eine Stimme hat",
    "Write a shot folder first": "Zuerst einen Shot-Ordner schreiben",
    "Put the command that renders the shot folder on the clipboard": (
        "Legt den Befehl, der den Shot-Ordner rendert, in die Zwischenablage"
    ),
    "Command": "Befehl",
    "Which command": "Welcher Befehl",
    "Render": "Rendern",
    "Render it with emogene on one computer": "Mit emogene auf einem Rechner rendern",
    "Open Job Description": "Open Job Description",
    "Run the job template for farms that know Open Job Description": (
        "Die Auftragsvorlage für Farmen ausführen, die Open Job Description kennen"
    ),
    "Copied: {command}": "Kopiert: {command}",
}
