# SPDX-License-Identifier: GPL-3.0-or-later
"""Camera, picture, background and files, in German."""

TEXTS = {
    "Camera": "Kamera",
    "Who looks at the face": "Wer das Gesicht ansieht",
    "Actor's own": "Schauspieler",
    "The camera that the actor was pictured with: always a good portrait": (
        "Die Kamera, mit der der Schauspieler aufgenommen wurde: immer ein gutes Porträt"
    ),
    "Blender's": "Blender",
    "A camera of Blender, with all its movement": "Eine Kamera von Blender mit all ihrer Bewegung",
    "Object": "Objekt",
    "The camera to render with; empty is the scene's own, with those that markers are bound to": (
        "Die Kamera, mit der gerendert wird; leer ist es die der Szene, samt denen, an die Marker gebunden sind"
    ),
    "Character": "Figur",
    "An object that stands where the character does: its origin is the head's, its -Y is where the face looks. Empty "
    "is the world's origin": (
        "Ein Objekt, das da steht, wo die Figur steht: sein Ursprung ist der des Kopfes, entlang seiner -Y-Achse "
        "blickt das Gesicht. Leer ist es der Ursprung der Welt"
    ),
    "Size": "Größe",
    "How large the pictures are": "Wie groß die Bilder sind",
    "Own": "Eigene",
    "Width and height from this panel": "Breite und Höhe aus diesem Panel",
    "Scene's resolution": "Wie die Szene",
    "Resolution of the scene's output settings; Blender's camera takes their pixel aspect and the crop to the render "
    "region too": (
        "Auflösung aus den Ausgabeeinstellungen der Szene; Blenders Kamera übernimmt auch deren Pixelseitenverhältnis "
        "und den Zuschnitt auf den Renderbereich"
    ),
    "Width": "Breite",
    "Picture width in pixels": "Breite des Bildes in Pixeln",
    "Height": "Höhe",
    "Picture height in pixels": "Höhe des Bildes in Pixeln",
    "Quality": "Qualität",
    "How finely pictures are rendered": "Wie fein Bilder gerendert werden",
    "Draft": "Entwurf",
    "A quarter of the work: rendered at half the size and enlarged smoothly": (
        "Ein Viertel der Arbeit: in halber Größe gerendert und weich vergrößert"
    ),
    "Preview": "Vorschau",
    "One ray a pixel": "Ein Strahl je Pixel",
    "Final": "Endfassung",
    "Four times the work: four rays a pixel, for smooth edges and hair": (
        "Die vierfache Arbeit: vier Strahlen je Pixel, für glatte Kanten und Haare"
    ),
    "Background": "Hintergrund",
    "What lies behind the character": "Was hinter der Figur liegt",
    "Transparent": "Transparent",
    "Nothing: what lies below in the sequencer or compositor is seen": (
        "Nichts: zu sehen ist, was im Sequenzer oder Compositor darunter liegt"
    ),
    "Colour": "Farbe",
    "One colour": "Eine Farbe",
    "The colour behind the character, as the pictures show it": (
        "Die Farbe hinter der Figur, wie die Bilder sie zeigen"
    ),
    "Picture": "Bild",
    "A picture that fills the frame; what is too much of it is cut off": (
        "Ein Bild, das den Rahmen füllt; was davon zu viel ist, wird abgeschnitten"
    ),
    "The picture behind the character: PNG, JPEG, WebP, TIFF or BMP, up to 64 million pixels": (
        "Das Bild hinter der Figur: PNG, JPEG, WebP, TIFF oder BMP, bis zu 64 Millionen Pixel"
    ),
    "What the actor's pack has for it, e.g. the grey of its studio": (
        "Was das Paket des Schauspielers dafür hat, z. B. das Grau seines Studios"
    ),
    "Live size": "Live-Größe",
    "Longer side of the live picture in pixels; where the computer is too slow for it, smaller ones are shown while "
    "the timeline plays": (
        "Längere Seite des Live-Bildes in Pixeln; wo der Rechner dafür zu langsam ist, werden beim Abspielen kleinere "
        "gezeigt"
    ),
    "Picture size": "Bildgröße",
    "Longer side in pixels of the picture at the playhead": "Längere Seite des Bildes am Abspielkopf in Pixeln",
    "Behind the camera": "Hinter der Kamera",
    "Show the picture at the playhead, later the rendered frames, as the background of the scene's camera": (
        "Zeigt das Bild am Abspielkopf, später die gerenderten Bilder, als Hintergrund der Kamera der Szene"
    ),
    "{width} x {height}, cropped": "{width} x {height}, zugeschnitten",
    "The actor's own camera has square pixels and no crop; only the resolution is taken.": (
        "Die eigene Kamera des Schauspielers hat quadratische Pixel und keinen Zuschnitt; nur die Auflösung gilt."
    ),
    "Overlay": "Overlay",
    "Show the live picture in a corner of the 3D viewports and of the sequencer's preview too, and not only in the "
    "image 'EmoGene Live'": (
        "Zeigt das Live-Bild auch in einer Ecke der 3D-Ansichten und der Vorschau des Sequenzers, nicht nur im Bild "
        "„EmoGene Live“"
    ),
    "Files": "Dateien",
    "How frames are written": "Wie Bilder geschrieben werden",
    "PNG": "PNG",
    "8-bit sRGB with alpha, for the sequencer": "8-Bit-sRGB mit Alpha, für den Sequenzer",
    "OpenEXR": "OpenEXR",
    "Scene-linear half floats with alpha and depth, for compositing into a scene": (
        "Szenenlineare Half-Float-Werte mit Alpha und Tiefe, zum Einfügen in eine Szene"
    ),
}
