"""Tests of graphkit."""
