"""Lesson 03, exercise "the right row": the check `row`."""

import torch

from ..denoisers import NULL
from . import Check, Complaint, lend, tensor_of


def ask_row(row):
    """Look up NULL and some digits, in a table whose row r holds 10 r + 7."""
    table, y = torch.arange(11.0)[:, None] * torch.ones(11, 3) * 10 + 7, torch.tensor([NULL, 0, 4, 1, 9, NULL])
    rows = tensor_of(lend(row, cure="y + 1 makes new labels, y += 1 does not", table=table, y=y))
    if rows.shape != (6, 3):
        raise Complaint(f"Rows of shape {list(rows.shape)} came back; expected [6, 3]: one row for each label, none left out, also for NULL.")
    return {f"label {label}" if label != NULL else "NULL": part for label, part in zip(y.tolist(), rows)}


row = Check(
    ask_row,
    solution=lambda table, y: table[y + 1],
    mistakes={
        "table[y] with y = -1 does not fail: it picks the last row, which belongs to digit 9. Shift the labels.": lambda table, y: table[y],
        "NULL and digit 0 share a row, and the last row is never used. Each needs its own: shift the digits by one, NULL with them.": lambda table, y: table[y.clamp(min=0)],
        "NULL and digit 1 share a row: abs makes 1 of -1. Each label needs a row of its own: shift them all.": lambda table, y: table[y.abs()],
        "Digit 9 gets NULL's row: there are 11 rows, so nothing has to wrap around after 10.": lambda table, y: table[(y + 1) % 10],
        "NULL and digit 9 share a row: modulo 10 makes 9 of -1. Shift the labels instead.": lambda table, y: table[y % 10],
        "The last digit lost its row: 9 shares one with 8. There are 11 rows, so nothing has to be clamped.": lambda table, y: table[(y + 1).clamp(max=9)],
        "You counted the rows from the end: the table begins with NULL's row, then come the digits in order.": lambda table, y: table.flip(0)[y + 1],
        "You counted the rows from the end: row -1 is the last. The table begins with NULL's row.": lambda table, y: table[-(y + 1)],
        "NULL has a learned row of its own, row 0: the mean of the digits' rows is another thing.": lambda table, y: torch.where((y == NULL)[:, None], table[1:].mean(0), table[y + 1]),
        "That is row 0, NULL's, for everybody. Which row belongs to which label?": lambda table, y: table[torch.zeros_like(y)],
        "Shifted by two: digit 0 has the row right after NULL's. Shift by one.": lambda table, y: table[(y + 2).clamp(max=10)],
        "You shifted the table, not the labels: NULL = -1 still picks the last row.": lambda table, y: table[1:][y],
        "NULL has a learned row of its own, row 0: do not set it to zero.": lambda table, y: table[y + 1] * (y != NULL)[:, None],
        "Shifted the wrong way: digit 0 lands on the row before the first, which is the last.": lambda table, y: table[y - 1],
    },
    hints=[
        "Which row should NULL = -1 get, if digit 0 gets row 1?",
        "Write down label and row for -1, 0, 4 and 9. What do you add?",
        "Indexing with a tensor of row numbers gives one row for each: table[rows].",
    ],
)  # fmt: skip
