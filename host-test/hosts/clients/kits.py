"""The official SDKs, made for a gateway, and what all their scenarios ask."""

import importlib.util
import pathlib

import anthropic
import openai

from stand import Wasmtime

CLAUDE = "anthropic.claude-sonnet-4-20250514-v1:0"
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
SKY = [{"role": "user", "content": "Why is the sky blue?"}]
RESULT = "21 degrees and sunny"
WEATHER = {"role": "user", "content": "Use the tool: what is the weather in Berlin?"}


class Clients(Wasmtime):
    host = "SDKs, Python"


# The gateway has a module of this name too.
ENVOY = pathlib.Path(__file__).resolve().parents[1] / "envoy/stand.py"
SPEC = importlib.util.spec_from_file_location("envoy_stand", ENVOY)
envoy_stand = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(envoy_stand)


class ClientsOfEnvoy(envoy_stand.EnvoyStand):
    """The same clients of the filter, which asks for their keys."""

    host = "SDKs, Envoy"

    def envoy(self, bedrock, settings=None, **more):
        return super().envoy(bedrock, {**(settings or {}), "keys": "ann=client-key"}, **more)


def of_anthropic(gateway, key="client-key", **options):
    return anthropic.Anthropic(base_url=f"http://127.0.0.1:{gateway.port}", api_key=key, **options)


def of_openai(gateway, key="client-key", **options):
    return openai.OpenAI(base_url=f"http://127.0.0.1:{gateway.port}/v1", api_key=key, **options)


def raises(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


class Kit:
    """An SDK, what makes a client of it, and how that asks: whole, or as a stream to its end."""

    def __init__(self, sdk, client, ask, consume):
        self.sdk, self.client, self.ask, self.consume = sdk, client, ask, consume


def consumed_message(manager):
    with manager as stream:
        return stream.get_final_message()


KITS = {
    "anthropic": Kit(
        anthropic,
        of_anthropic,
        lambda client, model: client.messages.create(model=model, max_tokens=300, messages=SKY),
        lambda client, model: consumed_message(client.messages.stream(model=model, max_tokens=300, messages=SKY)),
    ),
    "openai": Kit(
        openai,
        of_openai,
        lambda client, model: client.chat.completions.create(model=model, messages=SKY),
        lambda client, model: list(client.chat.completions.create(model=model, messages=SKY, stream=True)),
    ),
    "responses": Kit(
        openai,
        of_openai,
        lambda client, model: client.responses.create(model=model, input=SKY),
        lambda client, model: list(client.responses.create(model=model, input=SKY, stream=True)),
    ),
}
