"""Runs a subject in the interpreter that is measured: once, cold, or again and again, warm."""

import importlib
import json
import os
import sys
import time
from typing import Any, TextIO


def once(name: str) -> None:
    """Import the subject and let it answer the request in stdin; what is there is all measured."""
    out = _own_output()
    request = json.load(sys.stdin)
    subject = importlib.import_module(f"bench.subjects.{name}")
    status, body = subject.answer(subject.prepare(request))
    json.dump({"answers": [[status, body]], "taken": subject.taken()}, out)
    out.flush()


def serve(name: str) -> None:
    """Answer the requests in each line of stdin; only the answering is timed."""
    out = _own_output()
    subject = importlib.import_module(f"bench.subjects.{name}")
    for line in sys.stdin:
        prepared = [subject.prepare(request) for request in json.loads(line)]
        answer = subject.answer
        began = time.process_time_ns()
        answers = [answer(each) for each in prepared]
        spent = time.process_time_ns() - began
        said: dict[str, Any] = {"answers": answers, "taken": subject.taken()}
        print(json.dumps(said | {"seconds": spent / 1e9}), file=out, flush=True)


def call(name: str, function: str, *arguments: object) -> None:
    """Call a *function* of the subject, which goes on until the process is killed."""
    getattr(importlib.import_module(f"bench.subjects.{name}"), function)(*arguments)


def _own_output() -> TextIO:
    """Return stdout for our own use; what a subject prints there goes to stderr from now on."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return out
