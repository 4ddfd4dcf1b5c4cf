"""What the add-on and the backend say to each other: names, errors, the Shot document, messages."""
