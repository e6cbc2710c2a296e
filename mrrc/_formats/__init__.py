"""Formats other than ISO 2709, and the way from each to each."""
