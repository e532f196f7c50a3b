"""Who is measured, and from which folders."""

import compileall
import py_compile
import shutil
import sysconfig
from dataclasses import dataclass, replace
from pathlib import Path

from bench import feishu_messages
from bench.aws import StubAws
from bench.errors import MeasurementFailed
from bench.subject import Subject

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """
    What `make build` made.

    Attributes:
        function: the folder of wechat's door.
        feishu: that of feishu's door.
        layer: the layer's.

    """

    function: Path
    feishu: Path
    layer: Path

    @property
    def certificates(self) -> Path:
        """Return the authorities that boto3 trusts."""
        return self.layer / "certifi" / "cacert.pem"


def find_bundle(built: Path) -> Bundle:
    """
    Return the bundle in the folder *built*.

    Raises:
        MeasurementFailed: there is none, or it is not compiled.

    """
    bundle = Bundle(
        function=built / "WechatFunction",
        feishu=built / "FeishuFunction",
        layer=built / "CococatLayer" / "python",
    )
    for folder in (
        bundle.function,
        bundle.feishu,
        bundle.layer / "boto3",
        bundle.layer / "cococat",
    ):
        if not any(folder.glob("__pycache__/*.pyc")):
            raise MeasurementFailed(f"{folder} is missing or has no bytecode; run `make build`.")
    return bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineup:
    """
    The subjects.

    Attributes:
        nothing: a bare interpreter.
        door: our handler, with AWS behind it.
        door_init: the same, up to where it is ready for a request.
        door_alone: our handler, with AWS answering inside the process.
        clients: boto3 and two clients.
        rival: Flask and wechatpy.
        feishu: feishu's handler, with AWS answering inside the process.
        feishu_rival: Flask and lark-oapi.

    """

    nothing: Subject
    door: Subject
    door_init: Subject
    door_alone: Subject
    clients: Subject
    rival: Subject
    feishu: Subject
    feishu_rival: Subject


def line_up(bundle: Bundle, aws: StubAws, own: Path) -> Lineup:
    """Return the subjects; *own* holds the code that runs them."""
    alone = {"HOME": str(own), "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}
    on_aws = alone | aws.environment
    subjects = _floors(own, bundle, alone, on_aws) | _doors(own, bundle, on_aws)
    return Lineup(**subjects, **_rivals(own, alone))


def _floors(
    own: Path, bundle: Bundle, alone: dict[str, str], on_aws: dict[str, str]
) -> dict[str, Subject]:
    """Return what no door can do without."""
    nothing = Subject(
        name="nothing",
        title="a bare interpreter",
        path=(own,),
        environment=alone,
        expects="nothing",
        takes=False,
    )
    clients = Subject(
        name="clients",
        title="import boto3 + clients for SQS and DynamoDB",
        path=(own, bundle.layer),
        environment=on_aws,
        expects="sqs dynamodb",
        takes=False,
    )
    return {"nothing": nothing, "clients": clients}


def _doors(own: Path, bundle: Bundle, on_aws: dict[str, str]) -> dict[str, Subject]:
    """Return our handlers."""
    # As on Lambda: the function's folder in front of the layer's.
    wechat = (own, bundle.function, bundle.layer)
    door = Subject(name="door", title="wechat's door", path=wechat, environment=on_aws)
    feishu = Subject(
        name="feishu_door_alone",
        title="feishu's door without boto3's calls",
        path=(own, bundle.feishu, bundle.layer),
        environment=on_aws,
        expects="{}",
        traffic=feishu_messages.requests,
    )
    return {
        "door": door,
        "door_init": replace(
            door, name="door_init", title="its init phase", expects="nothing", takes=False
        ),
        "door_alone": replace(door, name="door_alone", title="wechat's door without boto3's calls"),
        "feishu": feishu,
    }


def _rivals(own: Path, alone: dict[str, str]) -> dict[str, Subject]:
    """Return what others would do it with."""
    path = (own, Path(sysconfig.get_path("purelib")))
    wechat = Subject(name="flask_wechatpy", title="Flask + wechatpy", path=path, environment=alone)
    feishu = Subject(
        name="flask_larkoapi",
        title="Flask + lark-oapi",
        path=path,
        environment=alone,
        expects='{"msg":"success"}',
        traffic=feishu_messages.requests,
    )
    return {"rival": wechat, "feishu_rival": feishu}


def compiled_copy(folder: Path) -> Path:
    """
    Copy the code that runs the subjects to *folder*, compiled as a bundle is.

    Raises:
        MeasurementFailed: it does not compile.

    """
    target = folder / "subjects"
    (target / "bench").mkdir(parents=True)
    shutil.copy(HERE / "__init__.py", target / "bench")
    return compiled(target, HERE / "subjects", inside="bench")


def compiled(target: Path, *packages: Path, inside: str = "") -> Path:
    """
    Copy *packages* to a folder of *target*, compile all of *target* and return it.

    Raises:
        MeasurementFailed: it does not compile.

    """
    for package in packages:
        shutil.copytree(
            package, target / inside / package.name, ignore=shutil.ignore_patterns("*.pyc")
        )
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(target, quiet=1, invalidation_mode=mode):
        raise MeasurementFailed(f"the code in {', '.join(map(str, packages))} does not compile.")
    return target
