"""The panels of the page.

``<panel>.py`` has what is shown, ``<panel>_events.py`` what happens on it.
"""
