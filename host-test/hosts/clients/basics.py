"""What every client does: ask, stream, call tools, meet errors."""

import json
import time

from kits import CLAUDE, KITS, SCHEMA, SKY, WEATHER, asked, of_anthropic, of_openai, raises
from scenario import MODEL, expect, holds, scenario


@scenario(["anthropic"])
def complete(stand, _):
    message = of_anthropic(stand.good()).messages.create(model=MODEL, max_tokens=300, messages=SKY)
    expect("stop reason", message.stop_reason, "end_turn")
    holds("text", "sky" in message.content[0].text, message)
    holds("usage", message.usage.input_tokens > 0 and message.usage.output_tokens > 0, message.usage)


@scenario(["openai"])
def complete(stand, _):
    answer = of_openai(stand.good()).chat.completions.create(model=MODEL, messages=SKY)
    expect("finish reason", answer.choices[0].finish_reason, "stop")
    holds("text", "sky" in answer.choices[0].message.content, answer)
    holds("usage", answer.usage.prompt_tokens > 0 and answer.usage.completion_tokens > 0, answer.usage)


@scenario(["anthropic"])
def stream(stand, _):
    moments, text = [], ""
    with of_anthropic(stand.good()).messages.stream(model=MODEL, max_tokens=300, messages=SKY) as stream:
        for piece in stream.text_stream:
            moments.append(time.monotonic())
            text += piece
        message = stream.get_final_message()
    expect("the final message's text", message.content[0].text, text)
    holds("seconds from first to last", moments[-1] - moments[0] > 0.03 * (len(moments) - 1) > 0.1, moments)


@scenario(["openai"])
def stream(stand, _):
    moments, text, finish = [], "", None
    for chunk in of_openai(stand.good()).chat.completions.create(model=MODEL, messages=SKY, stream=True):
        for choice in chunk.choices:
            finish = choice.finish_reason or finish
            if choice.delta.content:
                moments.append(time.monotonic())
                text += choice.delta.content
    expect("finish reason", finish, "stop")
    holds("text", "sky" in text, text)
    holds("seconds from first to last", moments[-1] - moments[0] > 0.03 * (len(moments) - 1) > 0.1, moments)


@scenario(["anthropic"])
def tools(stand, _):
    client = of_anthropic(stand.good())
    tools = [{"name": "get_weather", "description": "Tells it.", "input_schema": SCHEMA}]
    message = client.messages.create(model=MODEL, max_tokens=300, tools=tools, messages=[WEATHER])
    expect("stop reason", message.stop_reason, "tool_use")
    call = next(block for block in message.content if block.type == "tool_use")
    expect("name", call.name, "get_weather")
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "21 degrees and sunny"}
    turns = [WEATHER, {"role": "assistant", "content": message.content}, {"role": "user", "content": [result]}]
    with client.messages.stream(model=MODEL, max_tokens=300, tools=tools, messages=turns) as stream:
        text = stream.get_final_text()
    holds("the result in the answer", "21 degrees" in text, text)


@scenario(["openai"])
def tools(stand, _):
    client = of_openai(stand.good())
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": SCHEMA}}]
    answer = client.chat.completions.create(model=MODEL, tools=tools, messages=[WEATHER])
    expect("finish reason", answer.choices[0].finish_reason, "tool_calls")
    message = answer.choices[0].message
    call = message.tool_calls[0]
    expect("name", call.function.name, "get_weather")
    json.loads(call.function.arguments)
    result = {"role": "tool", "tool_call_id": call.id, "content": "21 degrees and sunny"}
    answer = client.chat.completions.create(model=MODEL, tools=tools, messages=[WEATHER, message, result])
    holds("the result in the answer", "21 degrees" in answer.choices[0].message.content, answer)


@scenario()
def upstream_error(stand, dialect):
    kit, client = KITS[dialect]
    once = client(stand.bad(), max_retries=0)
    expect("status", raises(kit.RateLimitError, lambda: asked(once, "fault.throttled")).status_code, 429)
    expect("status", raises(kit.PermissionDeniedError, lambda: asked(once, "fault.denied")).status_code, 403)


@scenario()
def retries(stand, dialect):
    """What the SDK may try again, it does; what it may not, it does not."""
    kit, client = KITS[dialect]
    counts = []
    for retries in (0, 1):
        before = len(stand.faulty_bedrock().requests)
        raises(kit.RateLimitError, lambda: asked(client(stand.bad(), max_retries=retries), "fault.throttled"))
        counts.append(len(stand.faulty_bedrock().requests) - before)
    expect("twice the requests with one retry", counts[1], 2 * counts[0])
    return f"{counts[0]} and {counts[1]} requests"


@scenario()
def wrong_key(stand, dialect):
    kit, client = KITS[dialect]
    raises(kit.AuthenticationError, lambda: asked(client(stand.good(), "another"), MODEL))


@scenario()
def broken_stream(stand, dialect):
    kit, client = KITS[dialect]
    client = client(stand.bad(), max_retries=0)

    def consume():
        if dialect == "anthropic":
            with client.messages.stream(model="fault.exception", max_tokens=300, messages=SKY) as stream:
                stream.get_final_message()
        else:
            list(client.chat.completions.create(model="fault.exception", messages=SKY, stream=True))

    return str(raises(kit.APIError, consume))[:80]


@scenario(["anthropic"])
def count_tokens(stand, _):
    count = of_anthropic(stand.good()).messages.count_tokens(model=CLAUDE, messages=SKY)
    holds("input_tokens", count.input_tokens > 0, count)


@scenario()
def models(stand, dialect):
    _, client = KITS[dialect]
    holds("the alias in the list", "small" in [model.id for model in client(stand.good()).models.list()])
