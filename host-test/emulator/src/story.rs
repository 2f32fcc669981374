//! The default responder: a small story, the same for the same request.
//!
//! It answers with the last user text and what came with it, thinks first when thinking is on and takes its thoughts
//! back only as it signed them, calls the first tool when it is asked for one, and obeys `maxTokens` and
//! `stopSequences`, so that a demonstration needs no script.

use crate::reply::{Block, Reply, cut, estimate};
use crate::script::{Call, Script, fragments};
use crate::signature;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// Words in the last user text that make the story call a tool.
const TOOL_WORDS: &[&str] = &["tool", "weather"];
/// Length of a delta, in characters.
pub(crate) const DELTA: usize = 16;
/// Characters that [`estimate`] takes for one token.
const CHARACTERS_A_TOKEN: usize = 4;

/// The answer to `call`.
pub fn story(call: Call<'_>) -> Script {
    let body = call.body;
    if let Some(refusal) = altered_thoughts(body) {
        return refusal;
    }
    let question = last_user_text(body);
    let thought = format!("The user says “{question}”. A short story will do.");
    let mut blocks = Vec::from_iter(thoughts(body, &thought));
    if let Some((name, schema)) = wanted_tool(body, &question) {
        // A model that must call says nothing first.
        if choice(body) == Choice::Auto {
            blocks.push(Block::Text(cut("Let me look that up.", DELTA)));
        }
        blocks.push(Block::ToolUse {
            // Ids must differ within a conversation, which grows by every call.
            id: format!("tooluse_emulator{:010}", turns(body)),
            name: name.to_owned(),
            input: fragments(&example(schema).to_string()),
        });
        return Reply::new(blocks, "tool_use").into();
    }
    let told = match wanted_format(body) {
        Some(schema) => example(&schema).to_string(),
        None => tell(body, &question),
    };
    let (text, stop) = limit(body, &told);
    blocks.push(Block::Text(cut(&text, DELTA)));
    let mut reply = Reply::new(blocks, stop.reason());
    if let Stop::Sequence(sequence) = &stop {
        reply.additional_fields = stop_sequence_field(body, sequence);
    }
    reply.into()
}

/// The refusal of a conversation whose thoughts are not what was signed.
pub(crate) fn altered_thoughts(body: &Value) -> Option<Script> {
    let at = signature::broken(body)?;
    let message = format!(
        "The model returned the following errors: {at}: Invalid `signature` in `thinking` block"
    );
    Some(Script::refusal("ValidationException", &message))
}

/// Signed thinking, where it is asked for; the text is empty where it is asked to be omitted.
pub(crate) fn thoughts(body: &Value, thought: &str) -> Option<Block> {
    let display = body.pointer("/additionalModelRequestFields/thinking/display");
    let is_omitted = display == Some(&json!("omitted"));
    let thought = if is_omitted { "" } else { thought };
    let block = Block::Thinking {
        deltas: match thought {
            "" => Vec::new(),
            _ => cut(thought, DELTA),
        },
        signature: Some(signature::sign(thought)),
    };
    thinks(body).then_some(block)
}

enum Stop {
    EndTurn,
    MaxTokens,
    Sequence(String),
}

impl Stop {
    fn reason(&self) -> &'static str {
        match self {
            Self::EndTurn => "end_turn",
            Self::MaxTokens => "max_tokens",
            Self::Sequence(_) => "stop_sequence",
        }
    }
}

fn tell(body: &Value, question: &str) -> String {
    let results: Vec<String> = last_content(body)
        .filter_map(|block| block.get("toolResult"))
        .flat_map(result_texts)
        .collect();
    if results.is_empty() {
        let attached: String = last_content(body).filter_map(attachment).collect();
        format!(
            "Once upon a time somebody asked: “{question}”. {attached}A small bedrock under the hill heard it, thought for a while, and answered: I am only an emulator, but I heard you well. The end."
        )
    } else {
        format!(
            "The tool came back and said: {}. The end.",
            results.join(" and ")
        )
    }
}

/// What a tool result holds, each item as text.
pub(crate) fn result_texts(result: &Value) -> impl Iterator<Item = String> {
    let content = result.get("content").and_then(Value::as_array);
    let items = content.into_iter().flatten();
    items.map(|item| match item.get("text").and_then(Value::as_str) {
        Some(text) => text.to_owned(),
        None => item.get("json").unwrap_or(item).to_string(),
    })
}

/// A sentence about a picture, a video, a sound or a document.
fn attachment(block: &Value) -> Option<String> {
    let kinds = ["image", "video", "audio", "document"];
    let (kind, media) = kinds
        .iter()
        .find_map(|kind| block.get(kind).map(|media| (kind, media)))?;
    let text = |pointer: &str| media.pointer(pointer).and_then(Value::as_str);
    let name = text("/name").map_or_else(String::new, |name| format!(" “{name}”"));
    let format = text("/format").map_or_else(String::new, |format| format!(" ({format})"));
    let holds = match (text("/source/bytes"), text("/source/text")) {
        (Some(bytes), _) => match STANDARD.decode(bytes) {
            Ok(bytes) => format!("{} bytes", bytes.len()),
            Err(_) => "what is no base64".to_owned(),
        },
        (None, Some(text)) => format!("the text “{text}”"),
        (None, None) => text("/source/s3Location/uri").unwrap_or("parts").to_owned(),
    };
    Some(format!("The {kind}{name}{format} held {holds}. "))
}

/// The story cut at the first stop sequence, or where the tokens run out.
fn limit(body: &Value, text: &str) -> (String, Stop) {
    let sequences = body
        .pointer("/inferenceConfig/stopSequences")
        .and_then(Value::as_array);
    let first = sequences
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter_map(|sequence| {
            text.split_once(sequence)
                .map(|(before, _)| (before, sequence))
        })
        .min_by_key(|(before, _)| before.len());
    let (text, stop) = match first {
        Some((before, sequence)) => (before, Stop::Sequence(sequence.to_owned())),
        None => (text, Stop::EndTurn),
    };
    let max_tokens = body
        .pointer("/inferenceConfig/maxTokens")
        .and_then(Value::as_u64);
    match max_tokens {
        Some(max) if estimate(text) > max => {
            let characters = usize::try_from(max)
                .unwrap_or(usize::MAX)
                .saturating_mul(CHARACTERS_A_TOKEN);
            (text.chars().take(characters).collect(), Stop::MaxTokens)
        }
        _ => (text.to_owned(), stop),
    }
}

fn stop_sequence_field(body: &Value, sequence: &str) -> Option<Value> {
    let paths = body.get("additionalModelResponseFieldPaths")?.as_array()?;
    paths
        .contains(&json!("/delta/stop_sequence"))
        .then(|| json!({"delta": {"stop_sequence": sequence}}))
}

/// How many messages the conversation has.
pub(crate) fn turns(body: &Value) -> usize {
    let messages = body.get("messages").and_then(Value::as_array);
    messages.map_or(0, Vec::len)
}

fn last_content(body: &Value) -> impl Iterator<Item = &Value> {
    let messages = body.get("messages").and_then(Value::as_array);
    let last = messages.and_then(|messages| messages.last());
    last.and_then(|message| message.get("content"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn last_user_text(body: &Value) -> String {
    let messages = body
        .get("messages")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let texts = messages
        .rev()
        .filter(|message| message.get("role") == Some(&json!("user")));
    texts
        .filter_map(|message| message.get("content").and_then(Value::as_array))
        .map(|content| {
            let texts = content
                .iter()
                .filter_map(|block| block.get("text").and_then(Value::as_str));
            texts.collect::<Vec<_>>().join(" ")
        })
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}

/// Whether any family's field asks for thinking.
fn thinks(body: &Value) -> bool {
    let field = |pointer: &str| {
        let field = body.pointer(&format!("/additionalModelRequestFields/{pointer}"));
        field.and_then(Value::as_str)
    };
    let switches = ["thinking/type", "reasoningConfig/type"];
    let efforts = ["reasoning_effort", "reasoning/effort", "reasoning_config"];
    switches
        .iter()
        .any(|pointer| matches!(field(pointer), Some("enabled" | "adaptive")))
        || efforts
            .iter()
            .any(|pointer| field(pointer).is_some_and(|effort| effort != "none"))
}

/// The schema that structured output must follow.
fn wanted_format(body: &Value) -> Option<Value> {
    let schema = body.pointer("/outputConfig/textFormat/structure/jsonSchema/schema")?;
    serde_json::from_str(schema.as_str()?).ok()
}

/// Whether a tool is to be called.
#[derive(Clone, Copy, PartialEq)]
enum Choice<'a> {
    Auto,
    None,
    Any,
    /// The tool of this name.
    Tool(&'a Value),
}

/// Converse's choice, or Anthropic's own, which stands where parallel calls are forbidden, or any call.
fn choice(body: &Value) -> Choice<'_> {
    let choice = body.pointer("/toolConfig/toolChoice");
    let own = body.pointer("/additionalModelRequestFields/tool_choice");
    let own_type = own.and_then(|own| own.get("type")).and_then(Value::as_str);
    let name = choice
        .and_then(|choice| choice.pointer("/tool/name"))
        .or_else(|| own?.get("name"));
    let is_any = choice.is_some_and(|choice| choice.get("any").is_some());
    match (own_type, name) {
        (Some("none"), _) => Choice::None,
        (_, Some(name)) => Choice::Tool(name),
        (Some("any"), None) => Choice::Any,
        _ if is_any => Choice::Any,
        _ => Choice::Auto,
    }
}

/// Name and schema of the tool to call, if one is wanted.
fn wanted_tool<'a>(body: &'a Value, question: &str) -> Option<(&'a str, &'a Value)> {
    if last_content(body).any(|block| block.get("toolResult").is_some()) {
        return None;
    }
    let question = question.to_lowercase();
    let choice = choice(body);
    let is_wanted = |spec: &&Value| match choice {
        Choice::None => false,
        Choice::Any => true,
        Choice::Tool(name) => spec.get("name") == Some(name),
        Choice::Auto => TOOL_WORDS.iter().any(|word| question.contains(word)),
    };
    let tools = body.pointer("/toolConfig/tools")?.as_array()?;
    let mut specs = tools.iter().filter_map(|tool| tool.get("toolSpec"));
    let spec = specs.find(is_wanted)?;
    let schema = spec.pointer("/inputSchema/json").unwrap_or(&Value::Null);
    Some((spec.get("name")?.as_str()?, schema))
}

/// A value that a simple JSON schema accepts: its required properties, or all of them.
pub(crate) fn example(schema: &Value) -> Value {
    if let Some(first) = schema.pointer("/enum/0") {
        return first.clone();
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => json!("Paris"),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        _ => {
            let required = schema.get("required").and_then(Value::as_array);
            let properties = schema.get("properties").and_then(Value::as_object);
            let wanted = properties.into_iter().flatten().filter(|(name, _)| {
                required.is_none_or(|required| required.contains(&json!(name)))
            });
            wanted
                .map(|(name, schema)| (name.clone(), example(schema)))
                .collect::<Map<_, _>>()
                .into()
        }
    }
}
