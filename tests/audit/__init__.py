"""Tests of what is kept of decisions, and of making them again."""
