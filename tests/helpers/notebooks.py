"""Notebooks: the saved outputs held against those of another run, perhaps on another machine."""

import re

import numpy as np

#: Numbers may differ by this part, or by two of their last digit, on other processors.
RELATIVE = 0.02
#: What is not of the data: versions, sizes of figures, names of a graph, dates of a run.
_OWN_OF_RUN = re.compile(
    r"(?<=Figure size )[^ ]+|\b\d+\.\d+\.\d+\S*|\b[0-9a-f]{32}\b|/tmp/\S+"
    r"|YYYY-\S+Z|\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
)
#: Dates and names with digits are words.
_NUMBER = re.compile(r"(?<![\w.-])[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?(?!\w|\.\d|-\d)")


def outputs_of(cell):
    """Give the outputs without warnings and progress, texts of one stream as one."""
    found = []
    for output in cell.get("outputs", []):
        if output["output_type"] == "stream":
            if output["name"] == "stderr":
                continue
            if found and "stdout" in found[-1]:
                found[-1]["stdout"] += output["text"]
            else:
                found.append({"stdout": output["text"]})
        elif output["output_type"] == "error":
            found.append({"error": output["ename"]})
        else:
            found.append(dict(output["data"]))
    return found


def differences(saved, again):
    """Say in what the outputs of one cell differ: kinds, words, and numbers beyond their tolerance.

    Pictures are compared by being there, HTML by the text that stands for it.
    """
    one, other = outputs_of(saved), outputs_of(again)
    kinds = [[sorted(output) for output in each] for each in (one, other)]
    if kinds[0] != kinds[1]:
        return [f"saved {kinds[0]}, now {kinds[1]}"]
    return [
        found
        for left, right in zip(one, other, strict=True)
        for kind in ("stdout", "text/plain", "error")
        if kind in left and (found := _difference(left[kind], right[kind]))
    ]


def _difference(saved, again):
    texts = [_OWN_OF_RUN.sub("?", text) for text in (saved, again)]
    words = [_NUMBER.sub("#", text).split() for text in texts]
    if words[0] != words[1]:
        pairs = [f"{a!r} / {b!r}" for a, b in zip(*words, strict=False) if a != b][:3]
        return f"words: {', '.join(pairs) or 'another count'}"
    numbers = [_NUMBER.findall(text) for text in texts]
    far = [f"{a} / {b}" for a, b in zip(*numbers, strict=True) if not _near(a, b)]
    return f"numbers: {', '.join(far[:5])}" if far else ""


def _near(one, other):
    if one == other:
        return True
    digits = min(len(text.partition(".")[2]) for text in (one, other))
    whole = not any(mark in one + other for mark in ".eE")
    absolute = 0.0 if whole else 2.001 * 10.0**-digits
    return bool(np.isclose(float(one), float(other), rtol=RELATIVE, atol=absolute))
