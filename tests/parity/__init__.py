"""Engines compared spike for spike."""
