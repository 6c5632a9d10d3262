"""Tests of analysts' cases."""
