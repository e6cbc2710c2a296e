"""`python -m mrrc`: the command line, as `mrrc`."""

import sys

from mrrc.cli import main

if __name__ == "__main__":
    sys.exit(main())
