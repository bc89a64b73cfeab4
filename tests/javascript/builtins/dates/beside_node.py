"""Texts to dates and back beside node's, in some time zones.

`python -m tests.javascript.builtins.dates.beside_node --node PATH [--count 2000] [--seed 1]` prints what differs; with
`--write FILE` it writes node's results, from which the tests read.
"""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import click

from seaofnodes.javascript.builtins.dates import texts
from seaofnodes.javascript.builtins.dates.parsing import parse_date
from seaofnodes.javascript.builtins.dates.times import fields_of, make_date, make_day, make_time
from seaofnodes.javascript.builtins.dates.zones import zone_of

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "Asia/Tokyo")
_PIECES = (
    "0 1 2 5 12 13 31 32 49 50 99 100 1970 2024 99999 +010000 -000001 00 01 07 59 60 24 23 999 1000 123456 1234567890"
    " - / : . :: T Z + ( ) (a) , GMT UTC EST PDT jan Feb march dec Monday foo am PM pm x t z \u00e9 \u00a0"
).split(" ") + [" "] * 8
_YEARS = ("2024", "1970", "0000", "+275760", "-271821", "99", "+012345", "1950")
_RUN = """
const {texts, times} = JSON.parse(require("fs").readFileSync(0, "utf8"));
const of = (date) => [date.toString(), date.toUTCString(), date.toISOString(), date.toLocaleString("en-US"),
    new Date(date.getFullYear(), date.getMonth(), date.getDate(), date.getHours(), date.getMinutes(),
        date.getSeconds(), date.getMilliseconds()).getTime()];
console.log(JSON.stringify({texts: texts.map(Date.parse), times: times.map((time) => of(new Date(time)))}));
"""


def parsed(text: str, zone: str) -> float | None:
    """The time value of a text; None: it is no date."""
    found = parse_date(text, zone_of(zone))
    return None if math.isnan(found) else found


def shown(time: float, zone: str) -> list[Any]:
    """Texts of a time value, and the time value of its parts in local time."""
    here = zone_of(zone)
    at = fields_of(here.to_local(time))
    clock = make_time(at.hour, at.minute, at.second, at.millisecond)
    whole = f"{texts.locale_date_text(time, here)}, {texts.locale_time_text(time, here)}"
    again = here.to_utc(make_date(make_day(at.year, at.month, at.day), clock))
    return [texts.whole_text(time, here), texts.utc_text(time), texts.iso_text(time), whole, again]


def of_node(node: str, zone: str, found: list[str], times: list[float]) -> dict[str, list[Any]]:
    given = json.dumps({"texts": found, "times": times})
    environment = {**os.environ, "TZ": zone}
    done = subprocess.run([node, "-e", _RUN], input=given, env=environment, capture_output=True, text=True, check=True)
    results: dict[str, list[Any]] = json.loads(done.stdout)
    return results


def random_text(choose: random.Random) -> str:
    if choose.random() < 0.6:
        return "".join(choose.choice(_PIECES) for _ in range(choose.randint(1, 9)))
    text = f"{choose.choice(_YEARS)}-{choose.randint(0, 13):02}-{choose.randint(0, 32):02}"
    if choose.random() < 0.7:
        text += f"{choose.choice('TTTt ')}{choose.randint(0, 25):02}:{choose.randint(0, 60):02}"
    if choose.random() < 0.5:
        text += f":{choose.randint(0, 60):02}"
    if choose.random() < 0.4:
        text += f".{choose.randint(0, 10 ** choose.randint(1, 12))}"
    if choose.random() < 0.5:
        text += choose.choice(("Z", "+01:00", "-0330", "+24:00", "z", "+1", "-12:5"))
    return text


def random_time(choose: random.Random) -> float:
    """Of the present, mostly; never of the years 0 to 99, which `new Date` takes for others."""
    while True:
        most = choose.choice((3e12, 3e12, 8.64e15))
        time = float(math.trunc(choose.uniform(-most, most)))
        if not -1 <= fields_of(time).year <= 100:
            return time


@click.command()
@click.option("--node", default="node", show_default=True)
@click.option("--count", default=2000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--write", type=click.Path(path_type=Path))
def main(node: str, count: int, seed: int, write: Path | None) -> None:
    choose = random.Random(seed)
    lines = []
    for zone in ZONES:
        found = [random_text(choose) for _ in range(count)]
        times = [random_time(choose) for _ in range(count // 2)]
        results = of_node(node, zone, found, times)
        for text, wanted in zip(found, results["texts"], strict=True):
            lines.append(json.dumps([zone, text, wanted]))
            if parsed(text, zone) != wanted:
                print(f"{zone}: {text!r} is {parsed(text, zone)}, not {wanted}")
        for time, wanted in zip(times, results["times"], strict=True):
            lines.append(json.dumps([zone, time, wanted], ensure_ascii=False))
            if shown(time, zone) != wanted:
                print(f"{zone}: {time} is {shown(time, zone)}, not {wanted}")
    if write is not None:
        write.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
