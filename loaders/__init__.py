"""Loaders: one published format per module, as tables with graphkit's columns."""
