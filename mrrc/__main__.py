"""`python -m mrrc`: which version this is, which engine it runs on, and why that one."""

import platform
import sys

from mrrc import __version__, _engine


def main() -> int:
    """Write the answer to standard output."""
    implementation = f"{platform.python_implementation()} {platform.python_version()}"
    sys.stdout.write(
        f"mrrc {__version__}\nengine: {_engine.name} ({_engine.reason})\npython: {implementation}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
