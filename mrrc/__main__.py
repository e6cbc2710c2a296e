"""`python -m mrrc`: which version this is, which engine it runs on and why, and where it is."""

import os
import platform
import sys

from mrrc import __version__, _engine


def main() -> int:
    """Write the answer to standard output."""
    implementation = f"{platform.python_implementation()} {platform.python_version()}"
    sys.stdout.write(
        f"mrrc {__version__}\n"
        f"engine: {_engine.name} ({_engine.reason})\n"
        f"python: {implementation}\n"
        f"package: {os.path.dirname(os.path.abspath(__file__))}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
