# SPDX-License-Identifier: GPL-3.0-or-later
"""The planned face in the viewport, and what was moved of it by hand, in German."""

_REGIONS = {
    "jaw": ("Kiefer", "der Kiefer"),
    "brows": ("Brauen", "die Brauen"),
    "nose": ("Nase", "die Nase"),
    "eyes": ("Augen", "die Augen"),
    "mouth": ("Mund", "der Mund"),
}

BUTTONS = {
    "Plan": "Planen",
    "Landmarks": "Landmarken",
    "Show landmarks": "Landmarken zeigen",
    "Remove landmarks": "Landmarken entfernen",
    "Keep moved landmarks": "Bewegte Landmarken übernehmen",
    "Clear edits": "Änderungen verwerfen",
}

TEXTS = {
    **{name.capitalize(): german for name, (german, _) in _REGIONS.items()},
    **{f"Only the {name}": f"Nur {german}" for name, (_, german) in _REGIONS.items()},
    "Work out how the face moves over the whole voice; the landmarks in the viewport are updated": (
        "Berechnet, wie sich das Gesicht über die ganze Stimme bewegt; die Landmarken in der 3D-Ansicht folgen"
    ),
    "Follow changes": "Änderungen folgen",
    "Plan anew by itself soon after something changed, as long as landmarks are shown": (
        "Plant von selbst neu, kurz nachdem sich etwas geändert hat, solange Landmarken gezeigt werden"
    ),
    "Landmarks": "Landmarken",
    "What shows the planned face in the 3D viewport": "Was das geplante Gesicht in der 3D-Ansicht zeigt",
    "Empties": "Empties",
    "68 keyed empties: move or key them to edit the face": (
        "68 animierte Empties: bewegt oder mit Keyframes versehen ändern sie das Gesicht"
    ),
    "Mesh": "Mesh",
    "One light mesh of 68 points and lines, for long shots: nothing is keyed": (
        "Ein leichtes Mesh aus 68 Punkten und Linien, für lange Shots: ohne Keyframes"
    ),
    "Show the planned face in the 3D viewport: 68 keyed empties under one that carries the head's pose, or one "
    "light mesh. They follow each change; what is not planned yet is planned first": (
        "Zeigt das geplante Gesicht in der 3D-Ansicht: 68 animierte Empties unter einem, das die Kopfhaltung trägt, "
        "oder ein leichtes Mesh. Sie folgen jeder Änderung; was noch nicht geplant ist, wird zuerst geplant"
    ),
    "Take the empties or the mesh away; what you moved by hand is kept": (
        "Entfernt die Empties oder das Mesh; was von Hand bewegt wurde, bleibt erhalten"
    ),
    "No landmarks are shown": "Es werden keine Landmarken gezeigt",
    "Show the landmarks first": "Zuerst die Landmarken zeigen",
    "To edit the face by hand show it as empties.": "Um das Gesicht von Hand zu ändern, als Empties zeigen.",
    "Take over what was moved by hand at once; it happens by itself a moment after you let go": (
        "Übernimmt sofort, was von Hand bewegt wurde; kurz nach dem Loslassen geschieht es von selbst"
    ),
    "No landmark is away from the plan": "Keine Landmarke weicht vom Plan ab",
    "No landmark was moved by hand": "Keine Landmarke wurde von Hand bewegt",
    "Moved by hand": "Von Hand",
    "Put the landmarks back to where the plan has them": "Setzt die Landmarken dahin zurück, wo der Plan sie hat",
    "Put all landmarks back to where the plan has them": "Setzt alle Landmarken dahin zurück, wo der Plan sie hat",
    "Put the landmarks of this region back to where the plan has them: {region}": (
        "Setzt die Landmarken dieser Region dahin zurück, wo der Plan sie hat: {region}"
    ),
    "Region": "Region",
    "Which landmarks are put back": "Welche Landmarken zurückgesetzt werden",
    "All": "Alles",
    "The whole face": "Das ganze Gesicht",
    "Mute edits": "Änderungen stumm",
    "Show and render the face as planned, without what was moved by hand": (
        "Zeigt und rendert das Gesicht wie geplant, ohne das, was von Hand bewegt wurde"
    ),
    "Fade": "Überblendung",
    "How long an edit takes to come and to go; edits of a point that lie within twice as much are one movement": (
        "Wie lange eine Änderung braucht, um zu kommen und zu gehen; Änderungen eines Punktes, die höchstens doppelt "
        "so weit auseinander liegen, sind eine Bewegung"
    ),
    "Neighbours": "Nachbarn",
    "Over so many points along the face's lines neighbours move along, less with each; at 0 none does": (
        "Über so viele Punkte entlang der Linien des Gesichts bewegen sich Nachbarn mit, jeder weniger; bei 0 keiner"
    ),
    "Head": "Kopf",
    "The empty that carries the head's pose": "Das Empty, das die Kopfhaltung trägt",
}
