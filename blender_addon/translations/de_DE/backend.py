# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend: started, connected to, looked after, and what is said of it, in German."""

BUTTONS = {
    "Start backend": "Backend starten",
    "Restart backend": "Backend neu starten",
    "Stop backend": "Backend beenden",
    "Release memory": "Speicher freigeben",
    "Clear frames": "Bilder löschen",
    "Show log": "Protokoll zeigen",
}

OWN_WORDS = {"Connect": "Verbinden"}

_REASONS = {
    "A backend is connected already": "Ein Backend ist schon verbunden",
    "No backend is connected": "Kein Backend ist verbunden",
    "Start the backend first": "Zuerst das Backend starten",
    "The backend is busy; wait or cancel": "Das Backend ist beschäftigt; warten oder abbrechen",
    "The backend is off: start it": "Das Backend ist aus: zuerst starten",
    "The backend needs its memory for a job": "Das Backend braucht seinen Speicher für einen Auftrag",
    "The backend is on another computer: only its own user can": (
        "Das Backend läuft auf einem anderen Rechner: das kann nur, wer es dort betreibt"
    ),
    "The backend is on another computer: restart it there": (
        "Das Backend läuft auf einem anderen Rechner: dort neu starten"
    ),
    "The preferences name a backend on another computer: connect to it": (
        "Die Einstellungen nennen ein Backend auf einem anderen Rechner: damit verbinden"
    ),
    "Wait until it has stopped": "Warten, bis es beendet ist",
    "Blender may not use the network. Switch on Allow Online Access in the preferences, System, Network": (
        "Blender darf das Netzwerk nicht benutzen. In den Einstellungen, System, Netzwerk den Online-Zugriff erlauben"
    ),
}

_STATES = {
    "Backend is off": "Backend ist aus",
    "Backend is starting": "Backend startet",
    "Connecting": "Verbindet sich",
    "Backend is stopping": "Backend endet",
    "Backend is lost": "Backend ist verloren",
    "Backend cannot render": "Backend kann nicht rendern",
    "Renderer is starting": "Renderer startet",
    "Not answering for {time}": "Antwortet seit {time} nicht",
    "Ready: {device}": "Bereit: {device}",
    "backend": "Backend",
    "Engine {engine}; actors: {actors}": "Renderer {engine}; Schauspieler: {actors}",
    "none": "keine",
    "Busy: {jobs}": "Beschäftigt: {jobs}",
    "Busy: {jobs}, {frames} to go": "Beschäftigt: {jobs}, noch {frames}",
    "1 job": "1 Auftrag",
    "{number} jobs": "{number} Aufträge",
    "1 frame": "1 Bild",
    "{number} frames": "{number} Bilder",
    "{jobs}, {frames}": "{jobs}, {frames}",
}

_UPKEEP = {
    "Device": "Gerät",
    "Version": "Version",
    "Memory": "Speicher",
    "Speed": "Geschwindigkeit",
    "{number} frames/s": "{number} Bilder/s",
    "Queue": "Warteschlange",
    "empty": "leer",
    "Frames kept": "Behaltene Bilder",
    "Frames kept: {size}": "Behaltene Bilder: {size}",
    "{used} of {most}": "{used} von {most}",
    "Releasing memory": "Speicher wird freigegeben",
    "Memory: {now} now": "Speicher: jetzt {now}",
    "Memory: {before} before, {now} now": "Speicher: vorher {before}, jetzt {now}",
    "Removing frames": "Bilder werden gelöscht",
    "{size} of frames are removed. Frames in your own folders stay.": (
        "{size} an Bildern sind gelöscht. Bilder in eigenen Ordnern bleiben."
    ),
    "The log is in the Text Editor, as '{name}'": "Das Protokoll steht im Texteditor, als „{name}“",
}

TEXTS = {
    **_REASONS,
    **_STATES,
    **_UPKEEP,
    "Backend": "Backend",
    "Start the program that plans and renders, or connect to it if it runs already": (
        "Startet das Programm, das plant und rendert, oder verbindet sich mit ihm, falls es schon läuft"
    ),
    "Connect to a backend that runs already, on this computer or where the preferences say": (
        "Verbindet sich mit einem Backend, das schon läuft, auf diesem Rechner oder wo die Einstellungen sagen"
    ),
    "End the backend, also one that does not answer, and start it again; it goes on with its renders": (
        "Beendet das Backend, auch eines, das nicht antwortet, und startet es neu; seine Renderaufträge gehen weiter"
    ),
    "End the backend if it was started here, else only leave it; finished frames are kept": (
        "Beendet das Backend, wenn es von hier gestartet wurde, sonst nur die Verbindung; fertige Bilder bleiben"
    ),
    "Let the backend give back the memory that it keeps for the next job, also the GPU's": (
        "Lässt das Backend den Speicher freigeben, den es für den nächsten Auftrag behält, auch den der GPU"
    ),
    "Remove the rendered frames that the backend keeps to use them again. "
    "Those in your own folders stay, and those of renders that go on": (
        "Löscht die gerenderten Bilder, die das Backend behält, um sie wieder zu verwenden. Die in eigenen Ordnern "
        "bleiben, und die von Renderaufträgen, die noch laufen"
    ),
    "Show the end of what a backend has printed that was started here, as a text in the Text Editor": (
        "Zeigt das Ende dessen, was ein hier gestartetes Backend ausgegeben hat, als Text im Texteditor"
    ),
}
