"""Tests that every engine passes."""
