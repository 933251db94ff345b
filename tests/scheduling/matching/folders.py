"""A small season as a folder of files, to be changed by tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduling.matching.files import read_problem
from scheduling.matching.problem import ProblemError

FILES = {
    "agents.csv": "agent_id,max_week_minutes,max_stretch_minutes,min_rest_minutes,max_consecutive_days\n"
    "ann,2400,480,660,6\nbob,2400,480,660,6\n",
    "certifications.csv": "agent_id,project_id,score\nann,shop,10\nbob,shop,20\nbob,brand,5\n",
    "availability.csv": "agent_id,start,end,preference\n"
    "ann,2026-11-04T08:00,2026-11-04T20:00,3\nbob,2026-11-05T08:00,2026-11-06T00:00,-2\n",
    "demand.csv": "demand_id,project_id,start,end,seats,value\n"
    "d1,shop,2026-11-04T08:00,2026-11-04T12:00,2,100\n"
    "d2,shop,2026-11-05T08:00,2026-11-05T12:00,1,90\n",
    "blocks.csv": "agent_id,project_id\nbob,brand\n",
    "pinned.csv": "agent_id,demand_id\nbob,d2\n",
}


def write_folder(folder: Path) -> Path:
    """Write the season into a folder."""
    for name in FILES:
        write_text(folder, name, FILES[name])
    return folder


def read_text(folder: Path, name: str) -> str:
    """Return a file's text."""
    return (folder / name).read_bytes().decode()


def write_text(folder: Path, name: str, text: str) -> None:
    """Write a file with exactly these line ends."""
    (folder / name).write_bytes(text.encode())


def replace(folder: Path, name: str, old: str, new: str) -> None:
    """Put a new text in the place of the first old one, which must be there."""
    text = read_text(folder, name)
    assert old in text
    write_text(folder, name, text.replace(old, new, 1))


def faults_of(folder: Path) -> list[str]:
    """Return the faults that the folder is refused with, as sentences."""
    with pytest.raises(ProblemError) as refusal:
        read_problem(folder)
    return [str(fault) for fault in refusal.value.faults]
