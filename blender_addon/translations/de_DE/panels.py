# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of panels, in German."""

TEXTS = {
    "EmoGene": "EmoGene",
    "Emotion Strength": "Emotionsstärke",
    "Emotion Curves": "Emotionskurven",
    "Speech": "Sprechen",
    "Life and Head": "Leben und Kopf",
    "Advanced": "Erweitert",
    "Camera and Picture": "Kamera und Bild",
    "Settings": "Einstellungen",
}
