"""`emogene serve`."""
