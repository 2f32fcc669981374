"""What goes with a question and what comes with an answer: thinking, pictures, documents, the prompt cache, formats."""

import base64

import pydantic

from dialects import MODEL, expect, holds
from kits import CLAUDE, RESULT, SCHEMA, SKY, WEATHER, of_anthropic, of_openai
from scenario import scenario

# One grey pixel.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF"
# Longer than the shortest prompt that Claude keeps.
LONG = "The rules of the house. " * 400


def base64_of(data):
    return base64.standard_b64encode(data).decode()


class Place(pydantic.BaseModel):
    city: str


@scenario(["anthropic"])
def thinking(stand, _):
    """Signed thoughts go back with the tool's result: Bedrock refuses a thought that is not what was signed."""
    client = of_anthropic(stand.good())
    asked = {
        "model": CLAUDE,
        "max_tokens": 4000,
        "thinking": {"type": "enabled", "budget_tokens": 2000},
        "tools": [{"name": "get_weather", "description": "Tells it.", "input_schema": SCHEMA}],
    }
    message = client.messages.create(**asked, messages=[WEATHER])
    thought, call = message.content[0], message.content[-1]
    expect("types", (thought.type, call.type), ("thinking", "tool_use"))
    holds("a signed thought", thought.thinking and thought.signature, thought)
    result = {"type": "tool_result", "tool_use_id": call.id, "content": RESULT}
    turns = [WEATHER, {"role": "assistant", "content": message.content}, {"role": "user", "content": [result]}]
    thoughts = []
    with client.messages.stream(**asked, messages=turns) as stream:
        for event in stream:
            if event.type == "thinking":
                thoughts.append(event.thinking)
        final = stream.get_final_message()
    expect("the thought, joined", final.content[0].thinking, "".join(thoughts))
    holds("pieces of it", len(thoughts) > 1, thoughts)
    holds("a signature", final.content[0].signature, final)
    holds("the result in the answer", RESULT in final.content[-1].text, final)
    turns += [{"role": "assistant", "content": final.content}, *SKY]
    holds("an answer to the third turn", client.messages.create(**asked, messages=turns).content[-1].text)


@scenario(["openai"])
def thinking(stand, _):
    client = of_openai(stand.good())
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": SCHEMA}}]
    asked = {"model": CLAUDE, "tools": tools, "reasoning_effort": "low", "max_completion_tokens": 8000}
    answer = client.chat.completions.create(**asked, messages=[WEATHER])
    message = answer.choices[0].message
    # The name that other gateways use; the SDK keeps what it does not know.
    holds("a thought", message.reasoning_content, message)
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": RESULT}
    thought = text = ""
    for chunk in client.chat.completions.create(**asked, messages=[WEATHER, message, result], stream=True):
        for choice in chunk.choices:
            thought += getattr(choice.delta, "reasoning_content", None) or ""
            text += choice.delta.content or ""
    holds("a thought in the stream", thought, text)
    holds("the result in the answer", RESULT in text, text)


@scenario(["responses"])
def thinking(stand, _):
    """As the documentation has it where nothing is stored: the thoughts go back sealed."""
    client = of_openai(stand.good())
    asked = {
        "model": CLAUDE,
        "tools": [{"type": "function", "name": "get_weather", "parameters": SCHEMA, "strict": False}],
        "reasoning": {"effort": "low", "summary": "auto"},
        "include": ["reasoning.encrypted_content"],
        "store": False,
        "max_output_tokens": 8000,
    }
    turns = [WEATHER]
    answer = client.responses.create(**asked, input=turns)
    thought, call = answer.output[0], answer.output[-1]
    expect("types", (thought.type, call.type), ("reasoning", "function_call"))
    holds("a sealed thought", thought.summary[0].text and thought.encrypted_content, thought)
    turns += [*answer.output, {"type": "function_call_output", "call_id": call.call_id, "output": RESULT}]
    thought = ""
    with client.responses.stream(**asked, input=turns) as stream:
        for event in stream:
            if event.type == "response.reasoning_summary_text.delta":
                thought += event.delta
        answer = stream.get_final_response()
    expect("the thought, joined", answer.output[0].summary[0].text, thought)
    holds("the result in the answer", RESULT in answer.output_text, answer)
    turns += [*answer.output, *SKY]
    holds("an answer to the third turn", client.responses.create(**asked, input=turns).output_text)


@scenario(["anthropic"])
def images(stand, _):
    source = {"type": "base64", "media_type": "image/png", "data": base64_of(PNG)}
    content = [{"type": "image", "source": source}, {"type": "text", "text": "What is it?"}]
    message = of_anthropic(stand.good()).messages.create(
        model=MODEL, max_tokens=300, messages=[{"role": "user", "content": content}]
    )
    holds("what Bedrock got", f"The image (png) held {len(PNG)} bytes." in message.content[0].text, message)


@scenario(["openai"])
def images(stand, _):
    image = {"url": f"data:image/png;base64,{base64_of(PNG)}"}
    content = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": image}]
    answer = of_openai(stand.good()).chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": content}]
    )
    text = answer.choices[0].message.content
    holds("what Bedrock got", f"The image (png) held {len(PNG)} bytes." in text, text)


@scenario(["responses"])
def images(stand, _):
    image = {"type": "input_image", "image_url": f"data:image/png;base64,{base64_of(PNG)}", "detail": "auto"}
    content = [{"type": "input_text", "text": "What is it?"}, image]
    answer = of_openai(stand.good()).responses.create(model=MODEL, input=[{"role": "user", "content": content}])
    text = answer.output_text
    holds("what Bedrock got", f"The image (png) held {len(PNG)} bytes." in text, text)


@scenario(["anthropic"])
def documents(stand, _):
    pdf = {"type": "base64", "media_type": "application/pdf", "data": base64_of(PDF)}
    plain = {"type": "text", "media_type": "text/plain", "data": "Grass is green."}
    content = [
        {"type": "document", "source": pdf, "title": "Report"},
        {"type": "document", "source": plain, "title": "Note"},
        {"type": "text", "text": "What do they say?"},
    ]
    message = of_anthropic(stand.good()).messages.create(
        model=CLAUDE, max_tokens=300, messages=[{"role": "user", "content": content}]
    )
    text = message.content[0].text
    holds("the PDF", f"The document “Report” (pdf) held {len(PDF)} bytes." in text, text)
    holds("the note", "The document “Note” held the text “Grass is green.”" in text, text)


@scenario(["openai"])
def documents(stand, _):
    file = {"filename": "report.pdf", "file_data": f"data:application/pdf;base64,{base64_of(PDF)}"}
    content = [{"type": "file", "file": file}, {"type": "text", "text": "What does it say?"}]
    answer = of_openai(stand.good()).chat.completions.create(
        model=CLAUDE, messages=[{"role": "user", "content": content}]
    )
    text = answer.choices[0].message.content
    holds("the PDF", "(pdf)" in text and f"held {len(PDF)} bytes." in text, text)


@scenario(["responses"])
def documents(stand, _):
    data = f"data:application/pdf;base64,{base64_of(PDF)}"
    file = {"type": "input_file", "filename": "report.pdf", "file_data": data}
    content = [file, {"type": "input_text", "text": "What does it say?"}]
    answer = of_openai(stand.good()).responses.create(model=CLAUDE, input=[{"role": "user", "content": content}])
    text = answer.output_text
    holds("the PDF", "(pdf)" in text and f"held {len(PDF)} bytes." in text, text)


@scenario(["anthropic"])
def prompt_caching(stand, _):
    client = of_anthropic(stand.good())
    system = [{"type": "text", "text": LONG + stand.host, "cache_control": {"type": "ephemeral"}}]
    first, again = [
        client.messages.create(model=CLAUDE, max_tokens=300, system=system, messages=SKY).usage for _ in range(2)
    ]
    written = first.cache_creation_input_tokens
    holds("tokens written", written > 1000, first)
    expect("tokens read at first", first.cache_read_input_tokens, 0)
    expect("tokens read then", again.cache_read_input_tokens, written)
    expect("tokens written then", again.cache_creation_input_tokens, 0)
    return f"{written} tokens"


@scenario(["openai"])
def prompt_caching(stand, _):
    client = of_openai(stand.good())
    part = {"type": "text", "text": LONG, "prompt_cache_breakpoint": {"mode": "explicit"}}
    system = {"role": "system", "content": [part]}
    first, again = [
        client.chat.completions.create(model=CLAUDE, messages=[system, *SKY]).usage for _ in range(2)
    ]
    expect("tokens read at first", first.prompt_tokens_details.cached_tokens, 0)
    holds("tokens read then", again.prompt_tokens_details.cached_tokens > 1000, again)
    expect("all tokens of the prompt", again.prompt_tokens, first.prompt_tokens)


@scenario(["anthropic"])
def structured_output(stand, _):
    answer = of_anthropic(stand.good()).messages.parse(
        model="anthropic.claude-sonnet-4-5-20250929-v1:0", max_tokens=300, messages=SKY, output_format=Place
    )
    expect("the value", answer.parsed_output, Place(city="Paris"))


@scenario(["openai"])
def structured_output(stand, _):
    # A model without a format of its own: the gateway asks for it by a tool.
    answer = of_openai(stand.good()).chat.completions.parse(model=MODEL, messages=SKY, response_format=Place)
    expect("the value", answer.choices[0].message.parsed, Place(city="Paris"))


@scenario(["responses"])
def structured_output(stand, _):
    answer = of_openai(stand.good()).responses.parse(model=MODEL, input=SKY, text_format=Place)
    expect("the value", answer.output_parsed, Place(city="Paris"))
