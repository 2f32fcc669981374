"""The official SDKs, made for a gateway, and what all their scenarios ask."""

import anthropic
import openai

from scenario import MODEL
from stand import Wasmtime

CLAUDE = "anthropic.claude-sonnet-4-20250514-v1:0"
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
SKY = [{"role": "user", "content": "Why is the sky blue?"}]
WEATHER = {"role": "user", "content": "Use the tool: what is the weather in Berlin?"}


class Clients(Wasmtime):
    host = "SDKs, Python"


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


def asked(client, model):
    if isinstance(client, anthropic.Anthropic):
        return client.messages.create(model=model, max_tokens=300, messages=SKY)
    return client.chat.completions.create(model=model, messages=SKY)


KITS = {"anthropic": (anthropic, of_anthropic), "openai": (openai, of_openai)}
