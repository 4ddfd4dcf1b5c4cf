# SPDX-License-Identifier: GPL-3.0-or-later
"""Panels, and what they say of backend and voice, in German."""

TEXTS = {
    "EmoGene": "EmoGene",
    "Backend is off": "Backend ist aus",
    "Backend is starting": "Backend startet",
    "Connecting": "Verbindet sich",
    "Backend is ready": "Backend ist bereit",
    "Backend is stopping": "Backend endet",
    "Backend is lost": "Verbindung zum Backend verloren",
    "Renderer is starting": "Renderer startet",
    "No voice yet": "Noch keine Stimme",
    "Emotion Strength": "Emotionsstärke",
    "Emotion Curves": "Emotionskurven",
    "Speech": "Sprechen",
    "Life and Head": "Leben und Kopf",
    "Advanced": "Erweitert",
    "Camera and Picture": "Kamera und Bild",
    "Settings": "Einstellungen",
}
