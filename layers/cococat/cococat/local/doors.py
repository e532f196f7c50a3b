"""The doors of a deployed stack, as `sam local start-api` is to run them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cococat.local.role import credentials
from cococat.local.stack import LocalAws

API, INTEGRATION, ROUTE = (f"AWS::ApiGatewayV2::{kind}" for kind in ("Api", "Integration", "Route"))
FUNCTION = "AWS::Serverless::Function"
KEPT = ("AWS::ApiGatewayV2::", "AWS::Serverless::LayerVersion")
_PARAMETER = re.compile(r"\{[^}]*\}")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """
    The functions behind the HTTP API, taken out of the built template.

    SAM starts a container for each function of a template, gives it no variable but those that
    the template names, and finds it by no name that has to be computed: so this holds the doors
    alone, with the names that they were deployed under.

    Attributes:
        template: what SAM is to serve.
        variables: the environment of each function, by its logical id.
        paths: one path for each route; none of them is anybody's.

    """

    template: Json
    variables: dict[str, dict[str, str]]
    paths: list[str]

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write template and variables into *folder*, for nobody else's eyes."""
        files = folder / "template.json", folder / "variables.json"
        for file, content in zip(files, (self.template, self.variables), strict=True):
            file.touch(mode=0o600)
            file.write_text(json.dumps(content, indent=2), "utf-8")
        return files


def doors(built: Path, aws: LocalAws, stack_name: str) -> Doors:
    """
    Return the doors of the stack *stack_name*, each with the rights of its own role.

    Args:
        built: the folder of the template that was deployed.
        aws: where it was deployed.
        stack_name: the stack's name.

    """
    template: Json = yaml.safe_load((built / "template.yaml").read_text("utf-8"))
    template.pop("Outputs", None)
    deployed = _Deployed(template["Resources"], aws, stack_name)
    template["Resources"] = dict(deployed.served(built))
    return Doors(template=template, variables=deployed.variables, paths=list(deployed.paths()))


class _Deployed:
    """The resources of a template, and what they have become in the local AWS."""

    def __init__(self, resources: Json, aws: LocalAws, stack_name: str) -> None:
        found = aws.client("cloudformation").describe_stack_resources(StackName=stack_name)
        ids = {
            each["LogicalResourceId"]: each["PhysicalResourceId"]
            for each in found["StackResources"]
        }
        self._resources = resources
        self._ids: dict[str, str] = ids
        self._uris = {name: self._uri(aws, name) for name in self._of(INTEGRATION)}
        behind = {uri.rpartition(":")[2] for uri in self._uris.values()}
        self.variables = {
            name: _variables(aws, ids[name]) for name in self._of(FUNCTION) if ids[name] in behind
        }

    def served(self, built: Path) -> Iterator[tuple[str, Json]]:
        """Yield the resources that SAM is to serve, as deployed."""
        for name, resource in self._resources.items():
            properties = dict(resource["Properties"])
            for key in ("CodeUri", "ContentUri"):
                if key in properties:
                    properties[key] = str(built / properties[key])
            if name in self.variables:
                properties["FunctionName"] = self._ids[name]
                names = dict.fromkeys(self.variables[name], "")
                properties["Environment"] = {"Variables": names}
            elif name in self._uris:
                properties["IntegrationUri"] = self._uris[name]
            elif not resource["Type"].startswith(KEPT):
                continue
            yield name, resource | {"Properties": properties}

    def paths(self) -> Iterator[str]:
        """Yield a path for each route."""
        for name in self._of(ROUTE):
            path = self._resources[name]["Properties"]["RouteKey"].partition(" ")[2]
            yield _PARAMETER.sub("-", path)

    def _of(self, kind: str) -> list[str]:
        return [name for name, each in self._resources.items() if each["Type"] == kind]

    def _uri(self, aws: LocalAws, name: str) -> str:
        """Return the ARN of the function behind an integration."""
        uri: str = aws.client("apigatewayv2").get_integration(
            ApiId=self._ids[self._of(API)[0]], IntegrationId=self._ids[name]
        )["IntegrationUri"]
        return uri


def _variables(aws: LocalAws, function_name: str) -> dict[str, str]:
    """Return the deployed function's environment, and its role's credentials."""
    function = aws.client("lambda").get_function_configuration(FunctionName=function_name)
    own: dict[str, str] = function["Environment"]["Variables"]
    given = credentials(aws, function["Role"], function_name)
    return own | {"AWS_ENDPOINT_URL": aws.endpoint} | given
