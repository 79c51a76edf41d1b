"""What `make` would run: asked with --dry-run, so that nothing is."""

import os
import re
import subprocess

import pytest

from toolchain.prepare.places import HERE


def would_run(*arguments: str) -> str:
    command = ["make", "--dry-run", "--no-print-directory", *arguments]
    env = {
        "PATH": os.environ["PATH"]
    }  # not what a `make test ARGS=...` passes to the makes below it
    done = subprocess.run(
        command, cwd=HERE.root, env=env, capture_output=True, text=True, check=True
    )
    return " ".join(done.stdout.split())


def test_make_alone_shows_the_help() -> None:
    assert would_run() == would_run("help")


def test_every_target_is_in_the_help() -> None:
    makefile = (HERE.root / "Makefile").read_text(encoding="utf-8")
    declared = " ".join(re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)).split()
    helped = re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)
    assert declared
    assert sorted(declared) == sorted(helped)


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["run"], "-m sandbox.demo"),
        (
            ["run", "FLEET=my fleet.json", "PLAIN=1"],
            "-m sandbox.demo --fleet 'my fleet.json' --plain",
        ),
        (["run", "OUT=elsewhere"], "-m sandbox.demo --out 'elsewhere'"),
        (["serve"], "-m sandbox.demo --serve"),
        (["serve", "SCENE=trouble"], "-m sandbox.demo --serve --scene trouble"),
        (["serve", "DEBUG=1"], "-m sandbox.demo --serve --debug attach"),
        (["serve", "DEBUG=wait", "PLAIN=1"], "-m sandbox.demo --serve --plain --debug wait"),
        (["chaos", "ARGS=--kills 50"], "-m tests.chaos --kills 50"),
        (["conformance"], "-m sandbox.azure.servicebus.conformance"),
        (["test", "ARGS=tests/unit -k lease"], "-m pytest -n 2 tests/unit -k lease"),
        (["forestall", "ARGS=jobs --state parked"], ".venv/bin/forestall jobs --state parked"),
        (["wheel", "OUT=else where"], "-m toolchain.wheel --out 'else where'"),
        (["lock", "UPGRADE=1"], "-m toolchain.lock --upgrade"),
    ],
)
def test_a_command_passes_its_options_on(arguments: list[str], command: str) -> None:
    assert would_run(*arguments).endswith(command)


@pytest.mark.parametrize("target", ["run", "serve", "test", "conformance"])
def test_whatever_starts_azurite_prepares_it_first(target: str) -> None:
    said = would_run(target)
    assert said.index("-m toolchain.prepare python azurite") < said.index(".venv/bin/python -m")
