//! `tool_choice` and `parallel_tool_calls`.

use bedrock_provider::warnings::Code;
use bedrock_provider::{Counts, json};

use super::Api;
use super::built_in::{self, not_supported};
use super::list::within;
use super::offered::{Kind, Offered};
use crate::canonical::{Error, Request, Tool, ToolChoice, ToolChoiceMode};
use crate::fields::Fields;
use crate::notes::Notes;
use crate::path::printable;

/// What may be chosen of the tools that were read.
pub(crate) struct Choice<'r> {
    pub(crate) request: &'r mut Request,
    pub(crate) offered: &'r mut Offered,
    pub(crate) api: Api,
    /// Types of tools that were dropped.
    pub(crate) dropped: Vec<String>,
}

impl Choice<'_> {
    /// The members `name`, which says what must be called, and `parallel_tool_calls`.
    pub(crate) fn read(
        mut self,
        root: &mut Fields<'_, '_>,
        name: &'static str,
        notes: &mut Notes,
    ) -> Result<(), Error> {
        let mode = match root.raw(name) {
            None => None,
            Some(raw) if json::kind(raw) == json::Kind::String => Some(mode(root, name)?),
            Some(_) => root.object(name, notes, |choice, notes| self.choose(choice, notes))?,
        };
        let must_call = matches!(mode, Some(ToolChoiceMode::Any | ToolChoiceMode::Tool(_)));
        if must_call && self.request.tools.is_empty() && !self.dropped.is_empty() {
            let kinds = self.dropped.join(", ");
            let message = [
                "a tool call is required, but none of the request's tools is supported by Bedrock (",
                &kinds,
                "): use other tools, or auto",
            ];
            return Err(root.unsupported(name, &message.concat()));
        }
        let tools = &self.request.tools;
        let is_single = root.flag("parallel_tool_calls")? == Some(false) && !tools.is_empty();
        if mode.is_some() || is_single {
            self.request.tool_choice = Some(ToolChoice {
                mode: mode.unwrap_or(ToolChoiceMode::Auto),
                disable_parallel_tool_use: is_single,
            });
        }
        Ok(())
    }

    fn choose(
        &mut self,
        choice: &mut Fields<'_, '_>,
        notes: &mut Notes,
    ) -> Result<ToolChoiceMode, Error> {
        // The deprecated `function_call` is a name alone.
        let kind = match choice.text("type")? {
            Some(kind) => kind,
            None if choice.raw("name").is_some() => "function".into(),
            None => return Err(choice.missing("type")),
        };
        match kind.as_str() {
            "auto" | "none" | "any" | "required" => mode(choice, "type"),
            "allowed_tools" => {
                if choice.raw("allowed_tools").is_none() {
                    return self.allow(choice, notes);
                }
                choice.required_object("allowed_tools", notes, |holder, notes| {
                    self.allow(holder, notes)
                })
            }
            _ => {
                let mut names = self.names(&kind, choice, &self.lost(), false, notes)?;
                if names.len() > 1 {
                    self.keep(names);
                    return Ok(ToolChoiceMode::Any);
                }
                match names.pop() {
                    Some(name) => Ok(ToolChoiceMode::Tool(name)),
                    None => {
                        let why = not_supported(&printable(&kind));
                        let message = [&why, ": use another tool, or auto"].concat();
                        Err(choice.unsupported("type", &message))
                    }
                }
            }
        }
    }

    /// Only some of the tools are offered.
    fn allow(
        &mut self,
        allowed: &mut Fields<'_, '_>,
        notes: &mut Notes,
    ) -> Result<ToolChoiceMode, Error> {
        let (lost, mut spaces) = (self.lost(), Counts::default());
        let names = allowed.objects("tools", notes, |tool, notes| {
            let kind = tool.required_text("type")?;
            if kind == "namespace"
                && self.api == Api::Responses
                && !spaces.add(&tool.text("name")?.unwrap_or_default())
            {
                // All of it is allowed by now.
                return Ok(Vec::new());
            }
            let names = self.names(&kind, tool, &lost, true, notes)?;
            if names.is_empty() {
                let kind = printable(&kind);
                let why = not_supported(&kind);
                let here = tool.path();
                let told = [&why, "; ignored"].concat();
                notes.lost_or(
                    Code::Ignored,
                    here.member("type"),
                    &told,
                    &[&why, ": remove it"].concat(),
                )?;
                self.dropped.push(kind);
                tool.rest();
            }
            Ok(names)
        })?;
        self.keep(names.into_iter().flatten().collect());
        allowed.changed(
            Code::Ignored,
            "tools",
            "tools that are not listed here are not sent to the model",
            notes,
        );
        mode(allowed, "mode")
    }

    /// The kinds of tools that were dropped.
    fn lost(&self) -> Counts {
        let mut lost = Counts::default();
        for kind in &self.dropped {
            lost.add(kind);
        }
        lost
    }

    /// The names in the request of the tools that `tool` names; none where Bedrock does not support its kind, as of those
    /// that were `lost`.
    fn names(
        &self,
        kind: &str,
        tool: &mut Fields<'_, '_>,
        lost: &Counts,
        must_be_there: bool,
        notes: &mut Notes,
    ) -> Result<Vec<String>, Error> {
        const EXPECTED: &str = "expected one of the request's `tools`";
        let (kind, member) = match kind {
            "namespace" if self.api == Api::Responses => {
                let name = tool.required_text("name")?;
                let offers = self.offered.in_namespace(&name);
                let names: Vec<_> = offers.map(|offer| offer.sent.clone()).collect();
                return match names.is_empty() {
                    true => Err(tool.invalid("name", EXPECTED)),
                    false => Ok(names),
                };
            }
            "custom" => (Kind::Custom, "custom"),
            "function" | "tool" => (Kind::Function, "function"),
            other => {
                let Some(known) = built_in::of_type(other) else {
                    return Ok(Vec::new());
                };
                let offer = self.offered.find(known.kind, None, known.name);
                return match offer {
                    Some(offer) => Ok(vec![offer.sent.clone()]),
                    None if lost.get(other).is_some() => Ok(Vec::new()),
                    None => Err(tool.invalid("type", EXPECTED)),
                };
            }
        };
        within(self.api, tool, member, notes, |fields, _| {
            let name = fields.required_text("name")?;
            let namespace = fields.text("namespace")?;
            match self.offered.find(kind, namespace.as_deref(), &name) {
                Some(offer) => Ok(vec![offer.sent.clone()]),
                None if must_be_there => Err(fields.invalid("name", EXPECTED)),
                // The provider refuses a name that is not there.
                None => Ok(vec![name]),
            }
        })
    }

    fn keep(&mut self, mut names: Vec<String>) {
        names.sort_unstable();
        let is_kept = |tool: &Tool| names.binary_search(&tool.name).is_ok();
        let tools = &mut self.request.tools;
        self.offered.keep(|at| tools.get(at).is_some_and(is_kept));
        tools.retain(is_kept);
    }
}

/// A word, the member `name` of `holder`.
fn mode(holder: &mut Fields<'_, '_>, name: &'static str) -> Result<ToolChoiceMode, Error> {
    match holder.required_text(name)?.as_str() {
        "none" => Ok(ToolChoiceMode::None),
        "auto" => Ok(ToolChoiceMode::Auto),
        // The second is Anthropic's.
        "required" | "any" => Ok(ToolChoiceMode::Any),
        _ => Err(holder.invalid(name, "expected none, auto or required")),
    }
}
