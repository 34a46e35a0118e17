"""Text in terminal columns: East Asian wide characters take two, colours and combining marks none.

    columns.py cut COLUMNS      standard input, each line cut to the width
    columns.py frame COLUMNS    the same, wrapped to the width behind a bar
"""

import re
import sys
import unicodedata

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# What stays together when a line is broken: a colour, a word, one wide character, a blank.
PIECE = re.compile(r"\x1b\[[0-9;]*m|[!-~]+|.", re.DOTALL)
NEVER_FIRST = "、。，．・:;,.)」』】〕〉》!?！？）ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"


def width(text):
    """Ambiguous characters count one, as in the programs."""
    text = COLOUR.sub("", text)
    marks = sum(unicodedata.category(c) in ("Mn", "Me", "Cf") for c in text)
    return len(text) - marks + sum(unicodedata.east_asian_width(c) in "WF" for c in text)


def cut(text, columns):
    if width(text) <= columns:
        return text
    out = ""
    for piece in re.findall(r"\x1b\[[0-9;]*m|.", text):
        if width(out + piece) > columns - 1:
            break
        out += piece
    return out + "…" + ("\x1b[0m" if "\x1b" in text else "")


def cut_title(text, columns):
    """Keeps a remark at the end in brackets, such as (第2報): reports of one incident differ there."""
    remark = text[text.rfind("(") :] if text.endswith(")") else ""
    if width(text) <= columns or not remark or width(remark) > columns // 2:
        return cut(text, columns)
    return cut(text[: -len(remark)] + " " * columns, columns - width(remark)) + remark


def pad(text, columns):
    return text + " " * (columns - width(text))


def wrap(line, columns):
    """Continuation lines begin where the line's own text does. The last two columns are for what may not begin one."""
    indent = " " * min(len(line) - len(line.lstrip(" ")), columns // 2)
    out, current = [], ""
    for piece in PIECE.findall(line):
        room = columns if piece in NEVER_FIRST or not re.search(r"[^\x00-\x7f]", line) else columns - 2
        if width(current + piece) > room and current.strip():
            out.append(current.rstrip(" "))
            current = indent
            if piece == " ":
                continue
        while width(piece) > columns - len(indent):  # a word longer than a line
            head = columns - width(current)
            out.append(current + piece[:head])
            current, piece = indent, piece[head:]
        current += piece
    return out + [current]


def main():
    how, columns = sys.argv[1], int(sys.argv[2])
    for line in sys.stdin:
        line = line.rstrip("\n")
        if how == "cut":
            print(cut(line, columns))
        else:
            for part in wrap(line, columns - 4):
                print("  │ " + part)


if __name__ == "__main__":
    main()
