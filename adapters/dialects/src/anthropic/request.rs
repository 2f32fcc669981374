//! The body of `POST /v1/messages` and of `POST /v1/messages/count_tokens` → a canonical request.

use bedrock_provider::Counts;
use bedrock_provider::json::{self, Writer};

use super::block::{cache_control, content, default_only, plain_text};
use super::{settings, tool};
use crate::canonical::{
    CacheControl, ContentBlock, Error, Message, OutputConfig, PlainText, Request, Role,
};
use crate::fields::{Fields, each, elements, text, within};
use crate::notes::Notes;
use crate::openai::piece;
use crate::path::Path;
use crate::{Ask, Caching, OfferedTools, Policy};

/// The header that names beta features.
const BETAS: &str = "anthropic-beta";

const ROLES: &[(&str, Role)] = &[
    ("user", Role::User),
    ("assistant", Role::Assistant),
    ("system", Role::System),
];

/// A request for an answer. `headers` have lower-case names. An `invalid-request` names what is at fault by its path.
pub fn read_request(
    body: &[u8],
    headers: &[(String, String)],
    policy: impl Into<Policy>,
) -> Result<Ask, Error> {
    let ask = read(body, headers, Notes::new(policy))?;
    match ask.request.max_tokens {
        Some(_) => Ok(ask),
        None => Err(Error::invalid(
            "max_tokens",
            "required, but missing: set the maximum number of tokens to generate",
        )),
    }
}

/// A request to count the tokens of a prompt: as [`read_request`], and it need not say `max_tokens`.
pub fn read_count_request(
    body: &[u8],
    headers: &[(String, String)],
    policy: impl Into<Policy>,
) -> Result<Ask, Error> {
    read(body, headers, Notes::new(policy))
}

fn read(body: &[u8], headers: &[(String, String)], mut notes: Notes) -> Result<Ask, Error> {
    let mut fields = Fields::of_body(body)?;
    let f = &mut fields;
    let n = &mut notes;
    let mut request = Request {
        system: system(f, n)?,
        messages: f
            .raw("messages")
            .map(|raw| messages(raw, n))
            .unwrap_or_else(|| Err(f.missing("messages")))?,
        max_tokens: f.small("max_tokens")?,
        temperature: f.number("temperature")?,
        top_p: f.number("top_p")?,
        top_k: f.small("top_k")?,
        stop_sequences: f.texts("stop_sequences")?,
        tools: f.objects("tools", n, tool::read)?,
        tool_choice: f.object("tool_choice", n, |f, _| tool::read_choice(f))?,
        thinking: f
            .raw("thinking")
            .map(|raw| settings::read_thinking(raw, Path::Root.member("thinking"), n))
            .transpose()?,
        output: output(f, n)?,
        service_tier: f.text("service_tier")?,
        metadata: f
            .object("metadata", n, |f, _| metadata(f))?
            .unwrap_or_default(),
        betas: betas(f, headers)?,
        extensions: extensions(f)?,
        ..Request::to(&f.required_text("model")?)
    };
    if let Some(control) = cache_control(f, n)? {
        cache_last(&mut request, control);
    }
    default_only(f, "speed", |raw| raw == "\"standard\"", n)?;
    let stream = f.flag("stream")?.unwrap_or(false);
    fields.finish(&mut notes)?;
    Ok(Ask {
        request,
        stream,
        include_usage: true,
        caching: Caching::Marked,
        warnings: notes.into_warnings(),
        tools: OfferedTools::default(),
    })
}

fn system(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<Vec<PlainText>, Error> {
    const NAME: &str = "system";
    let mut texts = Vec::new();
    let Some(raw) = fields.raw(NAME) else {
        return Ok(texts);
    };
    each(raw, Path::Root.member(NAME), &mut |raw, path| {
        texts.push(match json::kind(raw) {
            json::Kind::String => PlainText {
                text: text(raw, path)?,
                cache_control: None,
            },
            _ => within(raw, path, notes, instruction)?,
        });
        Ok(())
    })?;
    Ok(texts)
}

fn instruction(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<PlainText, Error> {
    match fields.required_text("type")?.as_str() {
        "text" | "input_text" => plain_text(fields, notes),
        _ => Err(fields.invalid(
            "type",
            "expected text: other blocks are not supported in a system prompt",
        )),
    }
}

fn messages(raw: &str, notes: &mut Notes) -> Result<Vec<Message>, Error> {
    let path = Path::Root.member("messages");
    let raws = elements(raw, path)?;
    let mut messages = Vec::with_capacity(raws.len());
    for (at, raw) in raws.into_iter().enumerate() {
        let mut fields = Fields::open(raw, path.element(at))?;
        let role = fields.required_text("role")?;
        let Some((_, role)) = ROLES.iter().find(|(name, _)| *name == role) else {
            return Err(fields.invalid("role", "expected user, assistant or system"));
        };
        let here = fields.path();
        let content = match fields.raw("content") {
            Some(said) => content(said, here.member("content"), *role, notes)?,
            // An answer may have said nothing.
            None if *role == Role::Assistant => Vec::new(),
            None => return Err(fields.missing("content")),
        };
        messages.push(Message {
            role: *role,
            content,
        });
        fields.finish(notes)?;
    }
    Ok(messages)
}

/// `output_config`, and `output_format`, its older form.
fn output(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<Option<OutputConfig>, Error> {
    let config = fields.object("output_config", notes, settings::read_output)?;
    let format = fields.object("output_format", notes, settings::read_format)?;
    match (config, format) {
        (config, None) => Ok(config),
        (Some(config), Some(_)) if config.format.is_some() => Err(fields.invalid(
            "output_format",
            "`output_config.format` is set too: use only one of them",
        )),
        (config, format) => Ok(Some(OutputConfig {
            format,
            effort: config.and_then(|config| config.effort),
        })),
    }
}

/// `extensions`, and under Anthropic's key what this API has and the canonical shape has not.
fn extensions(fields: &mut Fields<'_, '_>) -> Result<Option<String>, Error> {
    const NAME: &str = "context_management";
    const KEY: &str = "anthropic";
    let given = fields.verbatim_object("extensions")?;
    let Some(edits) = fields.verbatim_object(NAME)? else {
        return Ok(given);
    };
    let given = json::Object::parse(given.as_deref().unwrap_or("{}").as_bytes());
    let mut extensions = Writer::default();
    extensions.object(|w| {
        for (name, value) in given.unwrap_or_default().others(&[KEY]) {
            w.name(&name.into_string()).raw(value);
        }
        w.name(KEY).object(|w| w.name(NAME).raw(&edits));
    });
    Ok(Some(extensions.into_string()))
}

/// `user_id`, and what a gateway's own clients may add.
fn metadata(fields: &mut Fields<'_, '_>) -> Result<Vec<(String, String)>, Error> {
    let here = fields.path();
    let mut pairs = Vec::new();
    for (name, value) in fields.rest() {
        let value = text(value, here.member(&name))?;
        pairs.push((name, value));
    }
    Ok(pairs)
}

/// The header's, and those of the member `betas`, each once.
fn betas(fields: &mut Fields<'_, '_>, headers: &[(String, String)]) -> Result<Vec<String>, Error> {
    let mut betas: Vec<String> = Vec::new();
    let mut known = Counts::default();
    let values = headers.iter().filter(|(name, _)| name == BETAS);
    let named = values
        .flat_map(|(_, value)| value.split(','))
        .map(|beta| beta.trim().to_owned());
    for beta in named.chain(fields.texts("betas")?) {
        if !beta.is_empty() && known.add(&beta) {
            betas.push(beta);
        }
    }
    Ok(betas)
}

/// `cache_control` of the whole request ends a cached prefix at the last block that can end one.
pub(crate) fn cache_last(request: &mut Request, control: CacheControl) {
    let blocks = request
        .messages
        .iter_mut()
        .flat_map(|message| &mut message.content);
    let block = blocks.rev().find_map(place_of_cache);
    let place = block
        .or_else(|| {
            request
                .system
                .last_mut()
                .map(|text| &mut text.cache_control)
        })
        .or_else(|| request.tools.last_mut().map(|tool| &mut tool.cache_control));
    if let Some(place) = place {
        place.get_or_insert(control);
    }
}

fn place_of_cache(block: &mut ContentBlock) -> Option<&mut Option<CacheControl>> {
    match block {
        // An empty text cannot.
        ContentBlock::Text(block) if block.text.is_empty() => None,
        block => piece::cache_place(block),
    }
}
