"""Frames of a shot as files in a folder: rendered part by part, by several processes or computers, joined to a film."""
