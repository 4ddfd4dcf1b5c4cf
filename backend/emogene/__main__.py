"""`python -m emogene` is the program `emogene`."""

from emogene.cli import main

main()
