//! Canonical request → the body of a Converse call.
//!
//! In: the request, what its model takes, and what Bedrock's extensions say. Out: the JSON, what the answer must undo,
//! and notes of what was changed or left out. This room puts the top level together; each member has a room of its own.
//! Rules: the Converse API reference, and what the service was seen to refuse.

use std::borrow::Cow;

use super::blocks::Translator;
use super::body::{AdditionalFields, Body, InferenceConfig, OutputConfig};
use super::counts::Counts;
use super::restore::Restore;
use super::thinking::Thinking;
use super::turns::System;
use super::{
    auto_cache, betas, cache, context_management, document, metadata, names, output, sampling,
    thinking, tools, turns,
};
use crate::canonical::{Error, Request};
use crate::excerpt::printable;
use crate::extensions::PromptCaching;
use crate::extensions::RequestExtensions;
use crate::json::{Order, Writer};
use crate::pricing::{self, tier};
use crate::target::Target;
use crate::warnings::{Code, Warnings};

/// The only way to learn which of several stop sequences ended an answer of Claude's.
const STOP_SEQUENCE: &str = "/delta/stop_sequence";

/// How many tokens of an answer of Claude's were thought.
const THINKING_TOKENS: &str = "/usage/output_tokens_details";

/// What is asked, and how.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub request: &'a Request,
    pub target: &'a Target,
    pub extensions: &'a RequestExtensions<'a>,
    /// The id is a stored prompt's, which has messages and settings of its own.
    pub is_prompt: bool,
    /// A stream is asked for, and ConverseStream has not refused it.
    pub is_stream: bool,
    /// Content that is not supported is replaced by a text.
    pub replace_unsupported: bool,
    /// A context of a million tokens is asked for by the model's name.
    pub has_long_context: bool,
    /// Without any beta feature: the service was heard to refuse one.
    pub without_betas: bool,
    /// Cache points where the caller marks none.
    pub prompt_caching: Option<PromptCaching>,
}

/// A translated request.
#[derive(Debug)]
pub(crate) struct Planned<'a> {
    body: Body<'a>,
    /// It is sent to ConverseStream.
    pub is_stream: bool,
    pub restore: Restore,
    /// About how many bytes the body has.
    size: usize,
}

impl Planned<'_> {
    /// The body of `converse` and `converse-stream`.
    pub(crate) fn converse(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(self.size);
        self.body.write(&mut writer);
        writer.into_string().into_bytes()
    }

    /// The body of `count-tokens`.
    pub(crate) fn count_tokens(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(self.size);
        self.body.write_count_tokens(&mut writer);
        writer.into_string().into_bytes()
    }

    /// Whether betas are asked for.
    pub(crate) fn has_betas(&self) -> bool {
        let mut fields = self.body.additional_model_request_fields.iter();
        fields.any(|(name, _)| name == betas::ANTHROPIC_BETA)
    }

    /// Whether the model is shown tools.
    pub(crate) fn has_tools(&self) -> bool {
        self.body.tool_config.is_some()
    }
}

/// Plan the body.
pub(crate) fn plan<'a>(call: &Call<'a>, notes: &mut Warnings) -> Result<Planned<'a>, Error> {
    let Call {
        request,
        target,
        extensions,
        ..
    } = *call;
    let mut output = output::plan(request, target, notes)?;
    let in_words = output.instruction.is_some();
    let tools_as_text = tools::are_told_as_text(request, &output, target);
    let mut offer = tools::offer(request, target, &mut output, notes)?;
    let mut translator = Translator {
        target,
        notes,
        documents: document::Documents::default(),
        replace_unsupported: call.replace_unsupported,
        renamed: &offer.renamed,
        order_of_renamed: Order::default(),
        tools_as_text,
    };
    let (mut system, mut messages) = (System::default(), Vec::new());
    if !call.is_prompt || !request.messages.is_empty() {
        system = turns::system(request, output.instruction.take(), &mut translator)?;
        messages = turns::messages(request, &mut system, &mut translator)?;
    }
    let documents = translator.documents.changed;
    let mut fields = AdditionalFields::new();
    let max_tokens = sampling::max_tokens(request, target, notes)?;
    let thinking = thinking::plan(
        &thinking::Call {
            request,
            max_tokens,
            turns: &messages,
            target,
            without_betas: call.without_betas,
        },
        &mut fields,
        notes,
    )?;
    let inference_config =
        sampling::plan(request, max_tokens, target, &thinking, &mut fields, notes)?;
    let restore = Restore {
        documents,
        output_tool: offer.output_tool.as_deref().map(str::to_owned),
        in_words,
        renamed: std::mem::take(&mut offer.renamed),
        ..names::changed(request)
    };
    let mut tool_config = tools::plan(offer, request, target, &thinking, &mut fields, notes)?;
    let edits = context_management::plan(
        extensions.context_management.as_ref(),
        target,
        call.without_betas,
        &mut fields,
        notes,
    )?;
    let members = thinking.beta.into_iter().chain(edits);
    betas::plan(call, members, &mut fields, notes)?;
    if let Some(caching) = call.prompt_caching {
        auto_cache::place(
            caching,
            request,
            &mut tool_config,
            &mut system.blocks,
            &mut messages,
            target,
        );
    }
    cache::settle(
        &mut tool_config,
        &mut system.blocks,
        &mut messages,
        target,
        notes,
    )?;
    merge(extensions, &mut fields, notes);
    // A model that streams no tools is asked for the whole answer instead.
    let is_stream = call.is_stream && (tool_config.is_none() || target.capabilities.stream_tools);
    let mut body = Body {
        additional_model_response_field_paths: response_field_paths(target, &thinking, extensions),
        additional_model_request_fields: fields,
        guardrail_config: guardrail(extensions, is_stream, notes)?,
        inference_config,
        messages,
        output_config: OutputConfig {
            effort: thinking.effort,
            text_format: output.text_format,
        },
        performance_config: extensions.performance_config,
        prompt_variables: extensions.prompt_variables,
        request_metadata: metadata::request_metadata(request, notes)?,
        service_tier: tier::service_tier(request)?,
        system: system.blocks,
        tool_config,
    };
    match call.is_prompt {
        true => leave_out_what_a_prompt_has(&mut body, notes)?,
        false if extensions.prompt_variables.is_some() => {
            let message = "only supported with the ARN of a stored prompt; ignored";
            notes.lost(Code::Ignored, "extensions.bedrock.promptVariables", message)?;
            body.prompt_variables = None;
        }
        false => {}
    }
    Ok(Planned {
        size: pricing::json_bytes(request),
        body,
        is_stream,
        restore,
    })
}

/// A stored prompt has settings, system and tools of its own and takes no others.
fn leave_out_what_a_prompt_has(body: &mut Body<'_>, notes: &mut Warnings) -> Result<(), Error> {
    let why = "not supported with a stored prompt, which has its own; ignored";
    if std::mem::take(&mut body.inference_config) != InferenceConfig::default() {
        notes.lost(
            Code::Ignored,
            "max_tokens, temperature, top_p, stop_sequences",
            why,
        )?;
    }
    if !std::mem::take(&mut body.system).is_empty() {
        notes.lost(Code::Ignored, "system", why)?;
    }
    if body.tool_config.take().is_some() {
        notes.lost(Code::Ignored, "tools", why)?;
    }
    if !std::mem::take(&mut body.additional_model_request_fields).is_empty() {
        notes.lost(
            Code::Ignored,
            "extensions.bedrock.additionalModelRequestFields",
            why,
        )?;
    }
    Ok(())
}

/// The caller's own fields have the last word.
fn merge<'a>(
    extensions: &RequestExtensions<'a>,
    fields: &mut AdditionalFields<'a>,
    notes: &mut Warnings,
) {
    let Some(own) = &extensions.additional_model_request_fields else {
        return;
    };
    // From 1.
    let mut places = Counts::default();
    for (place, (name, _)) in (1..).zip(&*fields) {
        if places.get(name).is_none() {
            places.set(name.to_string(), place);
        }
    }
    for (name, value) in own.members() {
        let name = name.into_string();
        let value = Cow::Borrowed(value);
        let place = usize::try_from(places.of(&name))
            .unwrap_or(0)
            .checked_sub(1);
        match place.and_then(|place| fields.get_mut(place)) {
            Some((_, known)) => {
                notes.changed(
                    Code::Replaced,
                    format!(
                        "extensions.bedrock.additionalModelRequestFields.{}",
                        printable(&name, 64)
                    ),
                    "the value from elsewhere in the request is replaced by this one",
                );
                *known = value;
            }
            None => {
                fields.push((Cow::Owned(name.clone()), value));
                places.set(name, u32::try_from(fields.len()).unwrap_or(0));
            }
        }
    }
}

fn response_field_paths<'a>(
    target: &Target,
    thinking: &Thinking<'_>,
    extensions: &'a RequestExtensions<'a>,
) -> Vec<Cow<'a, str>> {
    let is_claude = target.capabilities.anthropic_fields;
    let ours = [
        (STOP_SEQUENCE, is_claude),
        (THINKING_TOKENS, is_claude && thinking.is_on),
    ];
    let ours = ours.iter().filter(|(_, is_asked)| *is_asked);
    let mut paths: Vec<Cow<'a, str>> = ours.map(|(path, _)| Cow::Borrowed(*path)).collect();
    let mut known = Counts::default();
    for path in &paths {
        known.add(path);
    }
    for path in &extensions.additional_model_response_field_paths {
        if known.add(path) {
            paths.push(Cow::Borrowed(path));
        }
    }
    paths
}

/// `guardrailConfig`; how a stream is checked is refused where there is none.
fn guardrail(
    extensions: &RequestExtensions<'_>,
    is_stream: bool,
    notes: &mut Warnings,
) -> Result<Option<String>, Error> {
    const STREAM_ONLY: &str = "streamProcessingMode";
    const KNOWN: &[&str] = &[
        "guardrailIdentifier",
        "guardrailVersion",
        "trace",
        STREAM_ONLY,
    ];
    let Some(config) = &extensions.guardrail_config else {
        return Ok(None);
    };
    let mut unknown = None;
    let mut writer = Writer::default();
    writer.object(|w| {
        for (name, value) in config.members() {
            let name = name.into_string();
            if !KNOWN.contains(&name.as_str()) {
                unknown = Some(name);
            } else if is_stream || name != STREAM_ONLY {
                w.name(&name).raw(value);
            }
        }
    });
    if let Some(name) = unknown {
        let path = format!(
            "extensions.bedrock.guardrailConfig.{}",
            printable(&name, 64)
        );
        notes.lost(Code::Ignored, path, "not supported by Converse; ignored")?;
    }
    Ok(Some(writer.into_string()))
}
