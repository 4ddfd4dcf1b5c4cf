# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's preferences: where the backend is, how it is run, tried and let in to, in German."""

BUTTONS = {
    "Test": "Testen",
    "Copy install command": "Installationsbefehl kopieren",
    "Make my key": "Eigenen Schlüssel erzeugen",
    "Copy my key": "Eigenen Schlüssel kopieren",
}

_ANSWERS = {
    "Testing": "Wird getestet",
    "A test is under way": "Ein Test läuft schon",
    "{backend}, actors: {actors}": "{backend}, Schauspieler: {actors}",
    "{backend}. It answered in {time}": "{backend}. Antwort nach {time}",
    "It answers, but cannot render: {problem}": "Es antwortet, kann aber nicht rendern: {problem}",
    "Mend it on that computer.": "Auf jenem Rechner beheben.",
    "It did not answer in {number} seconds.": "Nach {number} Sekunden kam keine Antwort.",
    "Try once more: the first time takes longest. Else look at it with `emogene doctor`.": (
        "Noch einmal versuchen: das erste Mal dauert am längsten. Sonst mit `emogene doctor` nachsehen."
    ),
    "EmoGene {version} is of another release than this add-on.": (
        "EmoGene {version} gehört zu einer anderen Ausgabe als dieses Add-on."
    ),
    "This EmoGene is older than the add-on.": "Dieses EmoGene ist älter als das Add-on.",
    "Update the add-on and the backend to the same release.": (
        "Add-on und Backend auf dieselbe Ausgabe aktualisieren."
    ),
    "{python} has no EmoGene.": "{python} hat kein EmoGene.",
    "{python} does not answer as a Python with EmoGene does.": (
        "{python} antwortet nicht, wie es ein Python mit EmoGene tut."
    ),
    "{python} does not answer as a Python with EmoGene does: {why}.": (
        "{python} antwortet nicht, wie es ein Python mit EmoGene tut: {why}."
    ),
    "Choose the Python that has it in the add-on's preferences.": (
        "In den Einstellungen des Add-ons das Python wählen, das es hat."
    ),
    "No EmoGene backend was found on this computer.": "Auf diesem Rechner wurde kein EmoGene-Backend gefunden.",
    "Install it, the add-on's preferences copy the command; or choose there the Python that has it, or the address of "
    "one on another computer.": (
        "Installieren, den Befehl dafür kopieren die Einstellungen des Add-ons; oder dort das Python wählen, das es "
        "hat, oder die Adresse eines Backends auf einem anderen Rechner."
    ),
    "Found: {python}": "Gefunden: {python}",
    "Run it in a terminal, in EmoGene's own folder (that holds run.py). It needs Python 3.11 or 3.13 and about 3 GB "
    "of disk. Blender then finds the backend by itself.": (
        "In einem Terminal ausführen, in EmoGenes eigenem Ordner (mit run.py). Nötig sind Python 3.11 oder 3.13 und "
        "etwa 3 GB Speicherplatz. Blender findet das Backend dann von selbst."
    ),
    "Copied: {command}. {note}": "Kopiert: {command}. {note}",
}

_KEYS = {
    "You have a key already": "Ein eigener Schlüssel ist schon da",
    "Make your key first": "Zuerst einen eigenen Schlüssel erzeugen",
    "Your key: {key}": "Eigener Schlüssel: {key}",
    "Give it to whoever runs the backend; it is no secret.": (
        "Für alle bestimmt, die das Backend betreiben; er ist nicht geheim."
    ),
    "Copied. Give it to whoever runs the backend": "Kopiert. Für alle bestimmt, die das Backend betreiben",
    "Make a key for backends on other computers; its secret half stays in a file for you alone": (
        "Erzeugt einen Schlüssel für Backends auf anderen Rechnern; seine geheime Hälfte bleibt in einer Datei, die "
        "niemand sonst lesen kann"
    ),
    "Copy the line for whoever runs the backend; it is no secret": (
        "Kopiert die Zeile für alle, die das Backend betreiben; sie ist nicht geheim"
    ),
    "Your key file": "Eigene Schlüsseldatei",
    "Holds your own key, by which the backend knows you; empty is its usual place": (
        "Enthält den eigenen Schlüssel, an dem das Backend diesen Rechner erkennt; leer ist es der übliche Ort"
    ),
    "Backend's key": "Schlüssel des Backends",
    "The backend's public key, 40 characters: emogene serve prints it when it starts": (
        "Der öffentliche Schlüssel des Backends, 40 Zeichen: „emogene serve“ zeigt ihn beim Start"
    ),
}

TEXTS = {
    **_ANSWERS,
    **_KEYS,
    "See whether the backend that is chosen here works; the answer stands below in a moment": (
        "Sieht nach, ob das hier gewählte Backend funktioniert; die Antwort steht gleich darunter"
    ),
    "Copy the command that installs the backend on this computer": (
        "Kopiert den Befehl, der das Backend auf diesem Rechner installiert"
    ),
    "Where the program runs that plans and renders": "Wo das Programm läuft, das plant und rendert",
    "On this computer": "Auf diesem Rechner",
    "Blender starts the backend, and ends it": "Blender startet das Backend und beendet es",
    "On another computer": "Auf einem anderen Rechner",
    "The backend runs on a computer with a GPU, say; Blender connects": (
        "Das Backend läuft etwa auf einem Rechner mit GPU; Blender verbindet sich"
    ),
    "Address": "Adresse",
    "Name or number of the backend's computer, with its port where that is another than 5555: "
    "render1 or 192.168.1.20:5555": (
        "Name oder Nummer des Rechners mit dem Backend, mit Port, wenn es ein anderer als 5555 ist: render1 oder "
        "192.168.1.20:5555"
    ),
    "Backend Python": "Python des Backends",
    "The Python, or the emogene program, that has the backend; empty looks for one on this computer": (
        "Das Python oder das Programm „emogene“, das das Backend hat; leer wird auf diesem Rechner eines gesucht"
    ),
    "Actors": "Schauspieler",
    "Folder with actor packs of your own, beside the one that comes with the backend": (
        "Ordner mit eigenen Schauspieler-Paketen, neben dem, das zum Backend gehört"
    ),
    "Cache": "Zwischenspeicher",
    "Folder for what the backend keeps: voices, plans, frames. Empty is its usual one. "
    "Counts from the backend's next start": (
        "Ordner für das, was das Backend behält: Stimmen, Pläne, Bilder. Leer ist es der übliche. Gilt vom nächsten "
        "Start des Backends an"
    ),
    "Cache size": "Größe",
    "GB of rendered frames that the backend keeps; those not used for longest go first. "
    "Counts from the backend's next start": (
        "GB an gerenderten Bildern, die das Backend behält; am längsten unbenutzte gehen zuerst. Gilt vom nächsten "
        "Start des Backends an"
    ),
    "Finish renders first": "Erst zu Ende rendern",
    "When Blender closes, let the backend finish its renders before it ends. "
    "Otherwise it ends with Blender, and they go on when it is started again": (
        "Lässt das Backend, wenn Blender schließt, zu Ende rendern, bevor es endet. Sonst endet es mit Blender, und "
        "die Renderaufträge gehen weiter, wenn es wieder gestartet wird"
    ),
    "Default actor": "Schauspieler neuer Figuren",
    "Who new characters are": "Wer neue Figuren sind",
    "Connection file": "Verbindungsdatei",
    "For scripts: written by a running backend, or by emogene keys for one elsewhere. "
    "Goes before all that is said above; empty is its usual place": (
        "Für Skripte: schreibt ein laufendes Backend, oder „emogene keys“ für eines anderswo. Gilt vor allem, was "
        "darüber steht; leer ist es der übliche Ort"
    ),
}
