"""The version; equal to the ones in pyproject.toml and Cargo.toml."""

__version__ = "1.0.0.dev0"
