"""Hostile clients, packs and shots, made from a seed: the same seed makes the same cases. See soak.py."""
