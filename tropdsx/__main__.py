"""``python -m tropdsx``: the command line."""

from tropdsx.cli.group import main

if __name__ == "__main__":
    main()
