# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders, live, the picture at the playhead, and how far they are, in German."""

BUTTONS = {
    "Live": "Live",
    "Picture": "Bild",
    "Picturing": "Bild entsteht",
    "Picture at playhead": "Bild am Abspielkopf",
    "Open image editor": "Bildeditor öffnen",
    "Preview": "Vorschau",
    "Preview all": "Vorschau aller",
    "Render": "Rendern",
    "Render all": "Alle rendern",
    "Render preview": "Vorschau rendern",
    "Render into sequencer": "In den Sequenzer rendern",
    "Cancel": "Abbrechen",
    "Show true colours": "Echte Farben zeigen",
}

_PROGRESS = {
    "Sending the voice": "Stimme wird gesendet",
    "Sending the background": "Hintergrund wird gesendet",
    "Taking up the last render": "Letzter Renderauftrag geht weiter",
    "Queued": "Wartet",
    "Starting": "Starten",
    "Planning": "Planen",
    "Performing": "Spielen",
    "Adding emotion": "Emotion dazu",
    "Picturing": "Bild entsteht",
    "Rendering": "Rendern",
    "{stage} {done} of {total}": "{stage} {done}/{total}",
    "{progress}, {number} reused": "{progress}, {number} wiederverwendet",
    "{progress}, {time} left": "{progress}, noch {time}",
    "{number} more to come": "{number} weitere warten",
    "Nothing is running": "Es läuft nichts",
}

_COLOURS = {
    "The colours of the pictures are changed by the scene's settings: {what}.": (
        "Die Farben der Bilder werden durch Einstellungen der Szene verändert: {what}."
    ),
    "look": "Aussehen",
    "exposure": "Belichtung",
    "gamma": "Gamma",
    "curves": "Kurven",
    "white balance": "Weißabgleich",
    "{first}, {last}": "{first}, {last}",
    "{transform} changes the colours of these scene-linear pictures, as it does those of the scene.": (
        "{transform} verändert die Farben dieser szenenlinearen Bilder, wie auch die der Szene."
    ),
    "The view transform {transform} changes the colours of the pictures.": (
        "Die Anzeigetransformation {transform} verändert die Farben der Bilder."
    ),
    "The strip's colour space {space} does not go with the view transform {transform}.": (
        "Der Farbraum {space} des Streifens passt nicht zur Anzeigetransformation {transform}."
    ),
    "Before Blender 4.5 the sequencer cannot show EXR frames with depth; use them in the compositor, or PNG here.": (
        "Vor Blender 4.5 kann der Sequenzer EXR-Bilder mit Tiefe nicht zeigen; im Compositor verwenden, oder hier PNG."
    ),
    "Let the sequencer show the pictures as they were rendered: by the strip's colour space where that is enough, "
    "else by the Standard view transform without look, exposure and gamma": (
        "Lässt den Sequenzer die Bilder zeigen, wie sie gerendert wurden: durch den Farbraum des Streifens, wo das "
        "genügt, sonst durch die Anzeigetransformation „Standard“ ohne Aussehen, Belichtung und Gamma"
    ),
}

TEXTS = {
    **_PROGRESS,
    **_COLOURS,
    "Show the face at the playhead, while the timeline plays and while you scrub": (
        "Zeigt das Gesicht am Abspielkopf, beim Abspielen und beim Verschieben des Abspielkopfs"
    ),
    "Render the frame at the playhead at preview size: it is seen in open image editors and, if chosen, behind the "
    "scene's camera, until the finished frames are there": (
        "Rendert das Bild am Abspielkopf in Vorschaugröße: zu sehen in offenen Bildeditoren und auf Wunsch hinter der "
        "Kamera der Szene, bis die fertigen Bilder da sind"
    ),
    "Show the character's picture in the open image editor, or in a window of its own": (
        "Zeigt das Bild der Figur im offenen Bildeditor, oder in einem eigenen Fenster"
    ),
    "Make a picture at the playhead first": "Zuerst ein Bild am Abspielkopf machen",
    "Render the talking head and show it as an image strip; plans first where something changed, and renders only "
    "frames that changed": (
        "Rendert den sprechenden Kopf und zeigt ihn als Bildstreifen; plant vorher, wo sich etwas geändert hat, und "
        "rendert nur geänderte Bilder"
    ),
    "Draft the frames of the preview range, or all, into a strip above the finished pictures, which stay; it goes "
    "when these are rendered anew": (
        "Rendert die Bilder des Vorschaubereichs, sonst alle, als Entwurf in einen Streifen über den fertigen Bildern, "
        "die bleiben; er verschwindet, wenn diese neu gerendert werden"
    ),
    "All characters": "Alle Figuren",
    "Render each character that has a voice, one after the other": (
        "Rendert jede Figur, die eine Stimme hat, eine nach der anderen"
    ),
    "Render into the sequencer first": "Zuerst in den Sequenzer rendern",
    "Stop what the backend is doing; finished frames stay. Escape with the mouse over the editor does the same": (
        "Hält an, was das Backend tut; fertige Bilder bleiben. Escape mit der Maus über dem Editor tut dasselbe"
    ),
}
