"""``python -m tropdsx``: the command line."""

from tropdsx.cli import main

if __name__ == "__main__":
    main()
