"""
Measures a door, cold and warm, beside what others would cost.

    make bench [ARGS="--quick --json"]

It never fails because something takes long: the figures are for people. It fails where a
measurement can't be made, or where an answer is wrong.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench import bots, cold, imports, warm
from bench.aws import StubAws
from bench.errors import MeasurementFailed
from bench.lineup import compiled_copy, find_bundle, line_up
from bench.results import Progress, Report


def main(arguments: list[str]) -> int:
    """Measure all and print it; return 0, or 1 where that was not possible."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure a door.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, rougher figures")
    parser.add_argument("--built", type=Path, default=Path(".aws-sam/local"), help="the bundle")
    options = parser.parse_args(arguments)
    progress = Progress()
    try:
        report = _measure(options.built.resolve(), progress, quick=options.quick)
    except MeasurementFailed as failed:
        progress.done()
        print(f"bench: {failed}", file=sys.stderr)
        return 1
    progress.done()
    print(json.dumps(asdict(report), ensure_ascii=False, indent=2) if options.json else report)
    return 0


def _measure(built: Path, progress: Progress, *, quick: bool) -> Report:
    bundle = find_bundle(built)
    how = cold.best_measure()
    with tempfile.TemporaryDirectory() as name, StubAws(Path(name), bundle.certificates) as aws:
        own = compiled_copy(Path(name))
        them = line_up(bundle, aws, own)
        return Report(
            warm=warm.measure(
                [
                    (them.door_alone, them.rival),
                    (them.door, them.rival),
                    (them.feishu, them.feishu_rival),
                ],
                aws,
                warm.QUICK if quick else warm.THOROUGH,
                progress,
            ),
            cold=cold.measure(
                how,
                [
                    (them.door, them.clients),
                    (them.door, them.rival),
                    (them.door_init, them.door),
                ],
                them.nothing,
                aws,
                how.quick_rounds if quick else how.rounds,
                progress,
            ),
            cold_measure=how.title,
            imports=imports.measure(them.door, aws, 3 if quick else 10, progress),
            bots=bots.measure(
                bots.line_up(bundle, aws, own), aws, Path(name), progress, quick=quick
            ),
        )


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
