"""The version of the app. A test holds it to pyproject.toml, the command and azure.yaml."""

VERSION = "0.2.0"
#: how the app names itself in each request that it makes
USER_AGENT = f"forestall/{VERSION}"
