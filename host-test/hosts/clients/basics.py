"""What every client does: ask, stream, call tools, meet errors."""

import json
import time

from dialects import MODEL, expect, holds
from kits import CLAUDE, KITS, RESULT, SCHEMA, SKY, WEATHER, of_anthropic, of_openai, raises
from scenario import scenario


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


@scenario(["responses"])
def complete(stand, _):
    answer = of_openai(stand.good()).responses.create(model=MODEL, input="Why is the sky blue?")
    expect("status", answer.status, "completed")
    holds("text", "sky" in answer.output_text, answer)
    holds("usage", answer.usage.input_tokens > 0 and answer.usage.output_tokens > 0, answer.usage)


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


@scenario(["responses"])
def stream(stand, _):
    client = of_openai(stand.good())
    # The SDK makes its types while it reads its first stream, which takes it a while: the second one's moments count.
    for _ in range(2):
        moments = []
        with client.responses.stream(model=MODEL, input="Why is the sky blue?") as stream:
            for event in stream:
                if event.type == "response.output_text.delta":
                    moments.append(time.monotonic())
            answer = stream.get_final_response()
    expect("status", answer.status, "completed")
    holds("text", "sky" in answer.output_text, answer)
    holds("seconds from first to last", moments[-1] - moments[0] > 0.03 * (len(moments) - 1) > 0.1, moments)


@scenario(["anthropic"])
def tools(stand, _):
    client = of_anthropic(stand.good())
    tools = [{"name": "get_weather", "description": "Tells it.", "input_schema": SCHEMA}]
    message = client.messages.create(model=MODEL, max_tokens=300, tools=tools, messages=[WEATHER])
    expect("stop reason", message.stop_reason, "tool_use")
    call = next(block for block in message.content if block.type == "tool_use")
    expect("name", call.name, "get_weather")
    result = {"type": "tool_result", "tool_use_id": call.id, "content": RESULT}
    turns = [WEATHER, {"role": "assistant", "content": message.content}, {"role": "user", "content": [result]}]
    with client.messages.stream(model=MODEL, max_tokens=300, tools=tools, messages=turns) as stream:
        text = stream.get_final_text()
    holds("the result in the answer", RESULT in text, text)


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
    result = {"role": "tool", "tool_call_id": call.id, "content": RESULT}
    answer = client.chat.completions.create(model=MODEL, tools=tools, messages=[WEATHER, message, result])
    holds("the result in the answer", RESULT in answer.choices[0].message.content, answer)


@scenario(["responses"])
def tools(stand, _):
    client = of_openai(stand.good())
    tools = [{"type": "function", "name": "get_weather", "parameters": SCHEMA, "strict": False}]
    answer = client.responses.create(model=MODEL, tools=tools, input=[WEATHER])
    call = next(item for item in answer.output if item.type == "function_call")
    expect("call", (call.name, json.loads(call.arguments)), ("get_weather", {"city": "Paris"}))
    result = {"type": "function_call_output", "call_id": call.call_id, "output": RESULT}
    answer = client.responses.create(model=MODEL, tools=tools, input=[WEATHER, *answer.output, result])
    holds("the result in the answer", RESULT in answer.output_text, answer)


@scenario()
def upstream_error(stand, dialect):
    kit = KITS[dialect.name]
    once = kit.client(stand.bad(), max_retries=0)
    expect("status", raises(kit.sdk.RateLimitError, lambda: kit.ask(once, "fault.throttled")).status_code, 429)
    expect("status", raises(kit.sdk.PermissionDeniedError, lambda: kit.ask(once, "fault.denied")).status_code, 403)


@scenario()
def retries(stand, dialect):
    """What the SDK may try again, it does; what it may not, it does not."""
    kit, counts = KITS[dialect.name], []
    for retries in (0, 1):
        before = len(stand.faulty_bedrock().requests)
        client = kit.client(stand.bad(), max_retries=retries)
        raises(kit.sdk.RateLimitError, lambda: kit.ask(client, "fault.throttled"))
        counts.append(len(stand.faulty_bedrock().requests) - before)
    expect("twice the requests with one retry", counts[1], 2 * counts[0])
    return f"{counts[0]} and {counts[1]} requests"


@scenario()
def wrong_key(stand, dialect):
    kit = KITS[dialect.name]
    raises(kit.sdk.AuthenticationError, lambda: kit.ask(kit.client(stand.good(), "another"), MODEL))


@scenario()
def broken_stream(stand, dialect):
    kit = KITS[dialect.name]
    client = kit.client(stand.bad(), max_retries=0)
    error = raises(kit.sdk.APIError, lambda: kit.consume(client, "fault.exception"))
    holds("what is told", "slow down" in str(error), error)


@scenario(["anthropic"])
def count_tokens(stand, _):
    count = of_anthropic(stand.good()).messages.count_tokens(model=CLAUDE, messages=SKY)
    holds("input_tokens", count.input_tokens > 0, count)


@scenario(["anthropic", "openai"])
def models(stand, dialect):
    models = KITS[dialect.name].client(stand.good()).models
    listed = list(models.list())
    holds("the alias in the list", "small" in [model.id for model in listed], listed)
    # By a name of the settings, and by the id of an inference profile.
    for name in ("small", MODEL):
        expect("one of them", models.retrieve(name).id, name)
    return f"{len(listed)} models"
