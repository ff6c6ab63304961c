"""The panels of the page: each module has what is shown, and what happens on it."""
