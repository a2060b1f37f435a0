"""Files of programs and services, each in a format of its own."""
