//! A call of the model's as the item that the client expects for its tool.

use std::borrow::Cow;

use bedrock_provider::json::Writer;

use super::item::{COMES, CUT};
use crate::OfferedTools;
use crate::canonical::ToolUseBlock;
use crate::openai::tools::built_in::{self, BuiltIn};
use crate::openai::tools::freeform::Freeform;
use crate::openai::tools::offered::Kind;

/// A call, which grows until it is whole.
#[derive(Debug)]
pub(super) struct Call {
    id: String,
    namespace: Option<String>,
    name: String,
    /// Arguments, raw text, or the JSON of a built-in tool's own member.
    content: String,
    form: Form,
}

/// The type of its item.
#[derive(Debug)]
enum Form {
    Function,
    Custom(Freeform),
    /// Its item has a structured member instead of a text, so that it is written only when it is whole.
    BuiltIn(&'static BuiltIn),
}

impl Call {
    /// A call that begins.
    pub(super) fn of(block: &ToolUseBlock, tools: &OfferedTools) -> Self {
        let mut call = Call {
            id: block.id.clone(),
            namespace: None,
            name: block.name.clone(),
            content: String::new(),
            form: Form::Function,
        };
        if let Some(offer) = tools.stands_for(&block.name) {
            match (offer.kind, built_in::of_kind(offer.kind)) {
                (_, Some(tool)) => call.form = Form::BuiltIn(tool),
                (kind, None) => {
                    call.namespace.clone_from(&offer.namespace);
                    call.name.clone_from(&offer.name);
                    if kind == Kind::Custom {
                        call.form = Form::Custom(Freeform::default());
                    }
                }
            }
        }
        // A stream gives the input by and by.
        if block.input.trim() != "{}" {
            call.grow(&block.input);
        }
        call
    }

    /// More of its input; what its content grows by.
    pub(super) fn grow<'j>(&mut self, json: &'j str) -> Cow<'j, str> {
        let more = match &mut self.form {
            Form::Custom(freeform) => Cow::Owned(freeform.push(json)),
            Form::Function | Form::BuiltIn(_) => Cow::Borrowed(json),
        };
        self.content.push_str(&more);
        more
    }

    /// It is whole; what its content still grows by, and whether something was dropped.
    pub(super) fn end(&mut self) -> (String, bool) {
        let mut rest = String::new();
        let mut has_more = false;
        match &mut self.form {
            Form::Custom(freeform) => {
                rest = freeform.finish();
                has_more = freeform.has_more();
            }
            Form::BuiltIn(tool) => {
                let input = Some(self.content.trim()).filter(|input| !input.is_empty());
                match tool.member_of(input.unwrap_or("{}")) {
                    Some(member) => self.content = member,
                    None => self.form = Form::Function,
                }
            }
            Form::Function => {}
        }
        // Clients read the arguments as JSON, which nothing is not. White space may have been sent already: it stays.
        if matches!(self.form, Form::Function) && self.content.trim().is_empty() {
            rest = "{}".into();
        }
        self.content.push_str(&rest);
        (rest, has_more)
    }

    /// The content so far.
    pub(super) fn content(&self) -> &str {
        &self.content
    }

    /// The name of the events by which it grows, and the member that holds it in the end; none where there are no such.
    pub(super) fn growing(&self) -> Option<(&'static str, &'static str)> {
        match self.form {
            Form::Function => Some(("function_call_arguments", "arguments")),
            Form::Custom(_) => Some(("custom_tool_call_input", "input")),
            Form::BuiltIn(_) => None,
        }
    }

    /// What the item's id begins with.
    pub(super) fn id_prefix(&self) -> &'static str {
        match self.form {
            Form::Function => "fc_",
            Form::Custom(_) => "ctc_",
            Form::BuiltIn(tool) => tool.id,
        }
    }

    /// The item's members.
    pub(super) fn write(&self, status: &str, w: &mut Writer) {
        let kind = match self.form {
            Form::Function => "function_call",
            Form::Custom(_) => "custom_tool_call",
            Form::BuiltIn(tool) => tool.call,
        };
        w.name("type").text(kind);
        w.name("call_id").text(&self.id);
        if let Form::BuiltIn(tool) = self.form {
            if tool.kind == Kind::ToolSearch {
                w.name("execution").text("client");
            }
            return w.name(tool.member).raw(&self.content);
        }
        if let Some(namespace) = &self.namespace {
            w.name("namespace").text(namespace);
        }
        w.name("name").text(&self.name);
        let member = self.growing().map_or("arguments", |(_, member)| member);
        let content = Some(self.content()).filter(|_| status != COMES);
        w.name(member).text(content.unwrap_or_default());
    }

    /// `apply_patch_call` has no status `incomplete`.
    pub(super) fn status<'s>(&self, status: &'s str) -> &'s str {
        match self.form {
            Form::BuiltIn(tool) if tool.kind == Kind::ApplyPatch && status == CUT => COMES,
            _ => status,
        }
    }
}
