"""The LanguageRuntime service: how the engine runs Python programs, plugins and policy packs."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format

from airgap.language_host.interpreter import Interpreter, choose
from airgap.language_host.processes import Children, kill_group, streams
from airgap.language_host.protocol import language, plugin, services

BAIL = 32
"""Exit code by which pulumi-language-python-exec says that the user has been told what is wrong."""


class LanguageHost(services.LanguageRuntimeServicer):
    """One per engine command."""

    def __init__(self, version: str, executor: str, engine: str) -> None:
        self.version = version
        self.executor = executor
        self.engine = engine
        self.children = Children()

    def Handshake(self, request, context):
        self.engine = request.engine_address
        return language.LanguageHandshakeResponse()

    def GetPluginInfo(self, request, context):
        return plugin.PluginInfo(version=self.version)

    def GetRequiredPackages(self, request, context):
        packages = [
            plugin.PackageDependency(
                name=found["name"], kind="resource", version=found.get("version", ""), server=found.get("server", "")
            )
            for found in self._interpreter(request.info, context).plugins()
        ]
        return language.GetRequiredPackagesResponse(packages=packages)

    def Run(self, request, context):
        interpreter = self._interpreter(request.info, context)
        command = [interpreter.executable, "-u", self.executor, *self._flags(request), _program(request)]
        env = os.environ | {
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        child = self.children.start([*command, *request.args], request.pwd, env)
        context.add_callback(lambda: kill_group(child) if child.returncode is None else None)
        code = self.children.finish(child)
        if code == BAIL:
            return language.RunResponse(bail=True)
        if code < 0:
            return language.RunResponse(error=f"Program was ended by signal {-code}")
        return language.RunResponse(error=f"Program exited with non-zero exit code: {code}" if code else "")

    def RunPlugin(self, request, context):
        interpreter = self._interpreter(request.info, context)
        command = [interpreter.executable, "-u", request.info.program_directory, *request.args]
        env = dict(entry.split("=", 1) for entry in request.env) or dict(os.environ)
        child = self._piped(context, command, request.pwd, env)
        for name, line in streams(child):
            yield _output(language.RunPluginResponse, name, line)
        yield language.RunPluginResponse(exitcode=self.children.finish(child))

    def InstallDependencies(self, request, context):
        uv = shutil.which("uv")
        if uv is None or not Path(request.directory, "pyproject.toml").is_file():
            context.abort(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"{request.directory}: dependencies are installed by uv from pyproject.toml. "
                "To fix: put uv on PATH and a pyproject.toml beside the program.",
            )
        child = self._piped(context, [uv, "sync"], request.directory, dict(os.environ))
        for name, line in streams(child):
            yield _output(language.InstallDependenciesResponse, name, line)
        if code := self.children.finish(child):
            context.abort(grpc.StatusCode.INTERNAL, f"{request.directory}: `uv sync` exited with {code}, see above")

    def About(self, request, context):
        found = self._interpreter(request.info, context)
        version = ".".join(map(str, sys.version_info[:3])) if found.executable == sys.executable else ""
        return language.AboutResponse(executable=found.executable, version=version)

    def GetProgramDependencies(self, request, context):
        found = sorted(self._interpreter(request.info, context).distributions().items())
        return language.GetProgramDependenciesResponse(
            dependencies=[language.DependencyInfo(name=name, version=version) for name, version in found]
        )

    def RuntimeOptionsPrompts(self, request, context):
        return language.RuntimeOptionsResponse()

    def Cancel(self, request, context):
        return empty_pb2.Empty()

    def _interpreter(self, info, context) -> Interpreter:
        try:
            return choose(info.root_directory, json_format.MessageToDict(info.options))
        except FileNotFoundError as error:
            return context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))

    def _flags(self, request) -> list[str]:
        flags = {
            "project": request.project,
            "stack": request.stack,
            "organization": request.organization,
            "root_directory": request.info.root_directory,
            "pwd": request.pwd,
            "parallel": request.parallel,
            "dry_run": str(request.dryRun).lower(),
            "monitor": request.monitor_address,
            "engine": self.engine,
        }
        return [part for name, value in flags.items() if value != "" for part in (f"--{name}", str(value))]

    def _piped(self, context, command: list[str], cwd: str, env: dict[str, str]) -> subprocess.Popen[bytes]:
        child = self.children.start(command, cwd, env, piped=True)
        # The engine ends a plugin by cancelling the call.
        context.add_callback(lambda: kill_group(child) if child.returncode is None else None)
        return child


def _output(answer: Any, name: str, line: bytes) -> Any:
    return answer(**{name: line})


def _program(request) -> str:
    """The folder or file to run: runpy puts a folder on sys.path itself, so that siblings can be imported."""
    return str(Path(request.info.program_directory, request.info.entry_point or "."))


def _refuse(name: str):
    def method(self, request, context):
        context.abort(
            grpc.StatusCode.UNIMPLEMENTED,
            f"The language host built from Go modules has no {name}. To fix: run this with the official Pulumi CLI.",
        )

    return method


for _name in ("GenerateProgram", "GenerateProject", "GeneratePackage", "Pack", "Link", "Template"):
    setattr(LanguageHost, _name, _refuse(_name))
