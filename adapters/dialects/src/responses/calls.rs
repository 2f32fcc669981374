//! Items of `input` that are calls, what tools returned, and tools that were found.
//!
//! | call | what it returned |
//! |---|---|
//! | `function_call`, `custom_tool_call` | `…_output`, a text or parts |
//! | `local_shell_call`, `shell_call`, `apply_patch_call` | `…_output`, each in a form of its own |
//! | `tool_search_call` | `tool_search_output`: the tools found are offered from then on |
//!
//! Calls have the names that their tools are offered by.

use bedrock_provider::json;
use bedrock_provider::warnings::Code;

use super::input::{History, ReadItem};
use crate::canonical::{ContentBlock, Error, PlainText, Role, ToolResultContent, ToolUseBlock};
use crate::fields::{Fields, text};
use crate::notes::Notes;
use crate::openai::tools::Api;
use crate::openai::tools::built_in::BUILT_IN;
use crate::openai::tools::list::List;
use crate::openai::tools::offered::Kind;
use crate::openai::{part, piece};

/// The types of items.
#[rustfmt::skip]
pub(super) const ITEMS: &[(&str, ReadItem)] = &[
    ("function_call", |item, history, notes| {
        let call = piece::call(id(item)?, item, notes)?;
        history.call(Kind::Function, call, item)
    }),
    ("custom_tool_call", |item, history, _| {
        let call = piece::custom_call(id(item)?, item)?;
        history.call(Kind::Custom, call, item)
    }),
    ("local_shell_call", built_in),
    ("shell_call", built_in),
    ("apply_patch_call", built_in),
    ("tool_search_call", built_in),
    ("function_call_output", returned),
    ("custom_tool_call_output", returned),
    ("local_shell_call_output", returned),
    ("shell_call_output", shell_output),
    ("apply_patch_call_output", patch_output),
    ("tool_search_output", found),
    ("additional_tools", |item, history, notes| {
        item.raw("role");
        history.offer(item, notes).map(|_| ())
    }),
];

/// The call's id, which is the item's own where clients send no other.
fn id(item: &mut Fields<'_, '_>) -> Result<String, Error> {
    // It is always the model that calls.
    for name in ["caller", "created_by", "async"] {
        item.raw(name);
    }
    match item.text("call_id")? {
        Some(id) => Ok(id),
        None => item.text("id")?.ok_or_else(|| item.missing("call_id")),
    }
}

impl History<'_> {
    fn call(
        &mut self,
        kind: Kind,
        mut call: ToolUseBlock,
        item: &mut Fields<'_, '_>,
    ) -> Result<(), Error> {
        let namespace = item.text("namespace")?.filter(|name| !name.is_empty());
        call.name = self.offered.called(kind, namespace.as_deref(), &call.name);
        self.push(Role::Assistant, vec![ContentBlock::ToolUse(call)]);
        Ok(())
    }

    fn answer(&mut self, id: String, content: Vec<ToolResultContent>) {
        self.push(Role::User, vec![piece::result(id, content, None)]);
    }

    /// Offer the tools of an item; their names in the request.
    fn offer(
        &mut self,
        item: &mut Fields<'_, '_>,
        notes: &mut Notes,
    ) -> Result<Vec<String>, Error> {
        let mut list = List {
            request: self.request,
            offered: self.offered,
            api: Api::Responses,
            dropped: self.dropped,
            is_own: false,
        };
        list.read(item, notes)
    }
}

/// Whether OpenAI ran a search, to whose items nobody can answer: only the tools that it found matter.
fn ran_at_openai(item: &mut Fields<'_, '_>) -> Result<bool, Error> {
    let is_clients = item.text("execution")?.as_deref() == Some("client");
    Ok(!is_clients && item.raw("call_id").is_none())
}

fn built_in(
    item: &mut Fields<'_, '_>,
    history: &mut History<'_>,
    notes: &mut Notes,
) -> Result<(), Error> {
    let kind = item.required_text("type")?;
    let Some(tool) = BUILT_IN.iter().find(|tool| tool.call == kind) else {
        return Err(item.missing("type"));
    };
    if tool.kind == Kind::ToolSearch && ran_at_openai(item)? {
        const WHY: &str = "tool searches run by OpenAI are not supported by Bedrock; dropped, and the tools found are sent to the model";
        item.changed(Code::Converted, "type", WHY, notes);
        item.rest();
        return Ok(());
    }
    item.raw("environment");
    let call = ToolUseBlock {
        id: id(item)?,
        name: tool.name.into(),
        input: tool.input_of(item.raw(tool.member).unwrap_or("{}")),
        cache_control: None,
    };
    history.call(tool.kind, call, item)
}

/// What a tool returned, a text or parts.
fn returned(
    item: &mut Fields<'_, '_>,
    history: &mut History<'_>,
    notes: &mut Notes,
) -> Result<(), Error> {
    const NAME: &str = "output";
    let id = id(item)?;
    // The call says them.
    item.raw("name");
    item.raw("namespace");
    let content = part::returned(item, NAME, notes)?;
    history.answer(id, content);
    Ok(())
}

/// What each command printed, and how it ended: a list of objects, passed on as JSON.
fn shell_output(
    item: &mut Fields<'_, '_>,
    history: &mut History<'_>,
    _: &mut Notes,
) -> Result<(), Error> {
    let id = id(item)?;
    item.raw("max_output_length");
    let raw = item.required_raw("output")?;
    let told = match json::kind(raw) {
        json::Kind::String => text(raw, item.path())?,
        _ => raw.to_owned(),
    };
    history.answer(id, vec![plain(told)]);
    Ok(())
}

/// Whether a file was changed, and what was said of it.
fn patch_output(
    item: &mut Fields<'_, '_>,
    history: &mut History<'_>,
    _: &mut Notes,
) -> Result<(), Error> {
    let id = id(item)?;
    let status = item.text("status")?.unwrap_or_else(|| "completed".into());
    let told = item.text("output")?.filter(|text| !text.trim().is_empty());
    let has_failed = status == "failed";
    let mut block = piece::result(id, vec![plain(told.unwrap_or(status))], None);
    if let ContentBlock::ToolResult(result) = &mut block {
        result.is_error = has_failed;
    }
    history.push(Role::User, vec![block]);
    Ok(())
}

/// The tools that were found, which can be called from then on.
fn found(
    item: &mut Fields<'_, '_>,
    history: &mut History<'_>,
    notes: &mut Notes,
) -> Result<(), Error> {
    let is_openais = ran_at_openai(item)?;
    let names = history.offer(item, notes)?;
    if is_openais {
        item.rest();
        return Ok(());
    }
    let id = id(item)?;
    let told = match names.is_empty() {
        true => "No tools were found.".to_owned(),
        false => ["Tools that can be called now: ", &names.join(", ")].concat(),
    };
    history.answer(id, vec![plain(told)]);
    Ok(())
}

fn plain(text: String) -> ToolResultContent {
    ToolResultContent::Text(PlainText {
        text,
        cache_control: None,
    })
}
