"""The stand-in message classes against the runtime that is installed."""

import inspect
import re
from pathlib import Path

import azure_functions_runtime as runtime  # type: ignore[import-untyped]
import pytest

from sandbox.azure.functions_host.runtime import protos


def runtime_sources() -> str:
    folder = Path(inspect.getfile(runtime)).parent
    return "\n".join(path.read_text("utf-8") for path in folder.rglob("*.py"))


def test_every_message_class_that_the_runtime_names_exists() -> None:
    """Fails first, and says what is missing, when the runtime is upgraded."""
    used = set(re.findall(r"\bprotos\.([A-Za-z]+(?:\.[A-Za-z]+)*)", runtime_sources()))
    assert used, "the runtime's sources were not found"
    for path in used:
        place: object = protos
        for name in path.split("."):
            assert hasattr(place, name), f"protos.{path}"
            place = getattr(place, name)


def test_an_unknown_field_raises() -> None:
    with pytest.raises(ValueError, match="StatusResult has no field colour"):
        protos.StatusResult(status=1, colour="red")


def test_a_field_not_given_has_a_default_of_its_own() -> None:
    one, other = protos.RpcHttp(), protos.RpcHttp()
    one.headers["x"] = "1"
    assert other.headers == {}


def test_none_means_not_given() -> None:
    assert protos.RpcHttp(cookies=None).cookies == []
    assert protos.TypedData(string=None).WhichOneof("data") is None


@pytest.mark.parametrize("kind", ["string", "bytes", "json"])
def test_a_value_that_is_empty_is_given_all_the_same(kind: str) -> None:
    assert protos.TypedData(**{kind: b"" if kind == "bytes" else ""}).WhichOneof("data") == kind


def test_another_oneof_raises() -> None:
    with pytest.raises(ValueError, match="TypedData has no oneof rpc_data"):
        protos.TypedData().WhichOneof("rpc_data")
