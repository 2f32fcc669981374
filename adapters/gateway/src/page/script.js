const $ = (id) => document.getElementById(id);

// The conversation, as the Messages API takes it; another one where it begins anew.
let messages = [];
// The last answer's tool calls: each one's id and the field that holds what the tool returns.
let calls = [];
// Stops the answer that is on its way.
let running = null;

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function headers() {
  const key = $("key").value;
  return { "content-type": "application/json", "anthropic-version": "2023-06-01", ...(key && { "x-api-key": key }) };
}

async function problemOf(response) {
  const text = await response.text();
  try {
    return `${response.status}: ${JSON.parse(text).error.message}`;
  } catch {
    // Somebody on the way to the gateway.
    return `${response.status}: ${text.slice(0, 200) || response.statusText}`;
  }
}

async function listModels() {
  try {
    const response = await fetch("/v1/models?limit=1000", { headers: headers() });
    if (response.status === 401) $("key").focus();
    if (!response.ok) throw new Error(await problemOf(response));
    const { data } = await response.json();
    $("models").replaceChildren(...data.map(({ id, display_name }) => new Option(display_name, id)));
    $("notice").textContent = "";
  } catch (error) {
    $("notice").textContent = `There is no list of models: ${error.message}`;
  }
}

async function fileBlock(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  const source = { type: "base64", media_type: file.type, data: btoa(binary) };
  if (file.type.startsWith("image/")) return { type: "image", source };
  if (file.type === "text/plain") Object.assign(source, { type: "text", data: new TextDecoder().decode(bytes) });
  return { type: "document", source, title: file.name };
}

function parsedTools() {
  const tools = $("tools").value.trim();
  try {
    return tools ? { tools: JSON.parse(tools) } : {};
  } catch (error) {
    throw new Error(`The tools are no JSON: ${error.message}`);
  }
}

function request(messages) {
  const budget = Number($("thinking").value), asked = Number($("max").value);
  const system = $("system").value.trim();
  return {
    model: $("model").value.trim(),
    // A thought counts among the answer's tokens.
    max_tokens: asked + budget,
    stream: true,
    messages,
    ...(budget && { thinking: { type: "enabled", budget_tokens: budget } }),
    ...(system && { system }),
    ...parsedTools(),
  };
}

// The events of a stream (server-sent events, HTML Standard §9.2) as they come.
async function* events(body) {
  let text = "";
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const parts = text.split("\n\n");
    text = parts.pop();
    for (const part of parts) {
      const data = part.split("\n").filter((line) => line.startsWith("data:"));
      if (data.length) yield JSON.parse(data.map((line) => line.slice(5)).join("\n"));
    }
  }
}

// What a delta adds to, and to which member.
const DELTAS = { text_delta: "text", thinking_delta: "thinking", signature_delta: "signature" };

// Blocks whose input comes in pieces of JSON.
const CALLS = ["tool_use", "server_tool_use"];

// The input that a view shows; null where it was cut short.
function inputOf(view) {
  try {
    return JSON.parse(view.textContent || "{}");
  } catch {
    return null;
  }
}

// One answer as it comes: its blocks, and what of them is seen.
class Answer {
  constructor() {
    this.view = element("article", "assistant");
    this.started = performance.now();
    this.blocks = [];
    this.views = [];
    this.usage = {};
    this.warnings = [];
    this.calls = [];
    $("turns").append(this.view);
  }

  take(event) {
    const { index, delta } = event;
    if (event.gateway?.warnings) this.warnings.push(...event.gateway.warnings);
    if (event.gateway?.cost) this.cost = event.gateway.cost;
    switch (event.type) {
      case "message_start":
        this.usage = event.message.usage;
        break;
      case "content_block_start":
        this.blocks[index] = { ...event.content_block };
        this.views[index] = this.show(this.blocks[index]);
        break;
      case "content_block_delta":
        this.first ??= performance.now();
        this.change(this.blocks[index], delta, this.views[index]);
        break;
      case "message_delta":
        Object.assign(this.usage, event.usage);
        this.reason = delta.stop_reason;
        break;
      case "message_stop":
        this.ended = true;
        break;
      case "error":
        throw new Error(event.error.message);
    }
  }

  tell(problem) {
    this.view.append(element("p", "problem", problem));
  }

  // Where the block's text goes.
  show(block) {
    const [holder, text] = this.room(block);
    this.view.append(holder);
    return text;
  }

  room(block) {
    switch (block.type) {
      case "text": {
        const text = element("p", "text", block.text);
        return [text, text];
      }
      case "thinking": {
        const holder = element("details", "thinking"), text = element("p", "text", block.thinking);
        holder.open = true;
        holder.append(element("summary", "", "Thinking"), text);
        return [holder, text];
      }
      case "image": {
        const image = element("img", "");
        image.src = `data:${block.source.media_type};base64,${block.source.data}`;
        image.alt = "A picture that the model made";
        return [image, image];
      }
      // The provider runs it.
      case "server_tool_use": {
        const holder = element("section", "tool"), text = element("pre", "input");
        holder.append(element("code", "", block.name), text);
        return [holder, text];
      }
      case "tool_use": {
        const holder = element("section", "tool"), text = element("pre", "input");
        const result = element("textarea", "result");
        result.rows = 1;
        result.placeholder = "What the tool returns; it goes with your next message.";
        result.setAttribute("aria-label", `Result of ${block.name}`);
        holder.append(element("code", "", block.name), text, result);
        this.calls.push({ id: block.id, result, input: text });
        return [holder, text];
      }
      default: {
        const text = element("pre", "", JSON.stringify(block, null, 1));
        return [text, text];
      }
    }
  }

  change(block, delta, view) {
    const member = DELTAS[delta.type];
    if (member) block[member] = (block[member] ?? "") + delta[member];
    if (delta.type === "citations_delta") (block.citations ??= []).push(delta.citation);
    if (delta.type === "input_json_delta") view.append(delta.partial_json);
    if (member === "text" || member === "thinking") view.append(delta[member]);
  }

  // The blocks as they go back with the next question. Of an answer that did not end, what cannot go back is left out.
  content() {
    if (!this.ended) return this.blocks.filter(({ type, text }) => type === "text" && text);
    const whole = this.blocks.map((block, index) => {
      if (!CALLS.includes(block.type)) return block;
      const input = inputOf(this.views[index]);
      return input && { ...block, input };
    });
    return whole.filter(Boolean);
  }

  // The calls that wait for what their tools return. One whose input was cut short cannot be answered.
  waiting() {
    return this.ended ? this.calls.filter(({ input }) => inputOf(input)) : [];
  }

  facts() {
    const { usage, cost, reason, started, first } = this;
    const seconds = (from, to) => `${((to - from) / 1000).toFixed(2)} s`;
    const all = {
      "first-token": first && `${seconds(started, first)} to the first token`,
      total: `${seconds(started, performance.now())} in all`,
      tokens: usage.output_tokens !== undefined && `${usage.input_tokens} tokens in, ${usage.output_tokens} out`,
      cache:
        usage.cache_read_input_tokens + usage.cache_creation_input_tokens > 0 &&
        `${usage.cache_read_input_tokens} from the cache, ${usage.cache_creation_input_tokens} to it`,
      cost: cost && `$${cost.total}`,
      reason,
    };
    const list = element("ul", "facts");
    for (const [name, text] of Object.entries(all)) {
      if (text) list.append(element("li", name, text));
    }
    this.view.append(list);
    if (!this.warnings.length) return;
    const warnings = element("ul", "warnings");
    for (const { path, message } of this.warnings) warnings.append(element("li", "", `${path}: ${message}`));
    this.view.append(warnings);
  }
}

function showQuestion(content) {
  const view = element("article", "user");
  for (const block of content) {
    const text = block.text ?? block.content ?? block.title ?? block.source.media_type;
    view.append(element("p", "text", block.type === "text" ? text : `${block.type}: ${text}`));
  }
  $("turns").append(view);
  return view;
}

// What is asked: what tools returned, files and text, in the order in which the API wants them.
async function question() {
  const text = $("prompt").value.trim();
  const results = calls.map(({ id, result }) => ({ type: "tool_result", tool_use_id: id, content: result.value }));
  const files = await Promise.all([...$("files").files].map(fileBlock));
  return [...results, ...files, ...(text ? [{ type: "text", text }] : [])];
}

// The controller of an answer that begins, or null where it is over.
function setRunning(controller) {
  running = controller;
  const [shown, hidden] = controller ? ["stop", "send"] : ["send", "stop"];
  // Who sent by the button stops by it.
  const isFocused = document.activeElement === $(hidden);
  $(shown).hidden = false;
  if (isFocused) $(shown).focus();
  $(hidden).hidden = true;
}

async function answered(messages, answer, { signal }) {
  const body = JSON.stringify(request(messages));
  const response = await fetch("/v1/messages", { method: "POST", headers: headers(), body, signal });
  if (!response.ok) throw new Error(await problemOf(response));
  for await (const event of events(response.body)) {
    const page = document.documentElement;
    const isAtEnd = page.scrollHeight - page.scrollTop - page.clientHeight < 80;
    answer.take(event);
    if (isAtEnd) page.scrollTop = page.scrollHeight;
  }
  if (!answer.ended) throw new Error("The answer broke off.");
}

// The files that are chosen, in a list of its own: the field's is emptied with the field.
function chosenFiles() {
  const chosen = new DataTransfer();
  for (const file of $("files").files) chosen.items.add(file);
  return chosen.files;
}

async function send() {
  const conversation = messages, text = $("prompt").value, files = chosenFiles();
  let content;
  try {
    content = await question();
  } catch (error) {
    $("notice").textContent = `A file cannot be read: ${error.message}`;
    return;
  }
  // Another question, or another conversation, may have begun while files were read.
  if (running || !content.length || conversation !== messages) return;
  const asked = showQuestion(content), answer = new Answer();
  conversation.push({ role: "user", content });
  $("prompt").value = $("files").value = "";
  setRunning(new AbortController());
  try {
    await answered(conversation, answer, running);
  } catch (error) {
    answer.tell(error.name === "AbortError" ? "Stopped." : error.message);
  }
  setRunning(null);
  answer.facts();
  if (conversation !== messages) return;
  const said = answer.content(), waiting = answer.waiting();
  if (answer.ended && waiting.length < answer.calls.length) answer.tell("A call was cut short: it does not go back.");
  if (!said.length) {
    // Nothing was answered: the question is back in its fields, unless the next one is there by now.
    conversation.pop();
    asked.classList.add("unanswered");
    $("prompt").value ||= text;
    if (!$("files").files.length) $("files").files = files;
    return;
  }
  conversation.push({ role: "assistant", content: said });
  for (const { result } of calls) result.disabled = true;
  calls = waiting;
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
$("prompt").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("composer").requestSubmit();
});
$("stop").addEventListener("click", () => running?.abort());
$("new").addEventListener("click", () => {
  running?.abort();
  messages = [];
  calls = [];
  $("turns").replaceChildren();
  $("prompt").focus();
});
$("key").addEventListener("change", listModels);
listModels();
