"""What a command says of an error."""


def one_line(err):
    lines = [line for line in err.splitlines() if "warning:" not in line]
    assert len(lines) == 1, err
    assert lines[0].startswith("tropdsx: error: ")
    assert "Traceback" not in err
    return lines[0]
