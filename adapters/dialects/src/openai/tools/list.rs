//! `tools` → the canonical tools, and the table of what they stand for.
//!
//! A function's members stand in a member of their own in Chat Completions, and beside its type in Responses; clients mix
//! the two up, and some send Anthropic's `input_schema` to OpenAI's APIs: each is read wherever it stands.

use bedrock_provider::json::Object;
use bedrock_provider::warnings::Code;

use super::built_in::{self, BuiltIn, not_supported};
use super::offered::{Kind, Offered};
use super::{Api, freeform};
use crate::canonical::{Error, Request, Tool};
use crate::fields::Fields;
use crate::notes::Notes;
use crate::openai::piece;
use crate::path::{Path, printable};

/// The schema of a function that takes nothing.
const NO_PARAMETERS: &str = r#"{"type":"object","properties":{}}"#;

/// How the model writes raw text.
const RAW: &str =
    "To call it, put its raw text, whole and unchanged, into the text member `input`.";

/// Reads tools into a request.
pub(crate) struct List<'r> {
    pub(crate) request: &'r mut Request,
    pub(crate) offered: &'r mut Offered,
    pub(crate) api: Api,
    /// Types of tools that were dropped.
    pub(crate) dropped: &'r mut Vec<String>,
    /// Whether the tools are those of the request itself; else some of them may be there already.
    pub(crate) is_own: bool,
}

/// The namespace that a tool is in.
struct Namespace {
    name: String,
    /// None once a tool's description has it.
    description: Option<String>,
}

impl List<'_> {
    /// The member `tools` of `holder`: the names of those that are offered.
    pub(crate) fn read(
        &mut self,
        holder: &mut Fields<'_, '_>,
        notes: &mut Notes,
    ) -> Result<Vec<String>, Error> {
        let names = holder.objects("tools", notes, |tool, notes| self.tool(tool, notes))?;
        Ok(names.into_iter().flatten().collect())
    }

    fn tool(&mut self, tool: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<Vec<String>, Error> {
        let is_anthropic = tool.raw("input_schema").is_some();
        let kind = match tool.text("type")? {
            None if is_anthropic => "function".into(),
            Some(kind) if is_anthropic && kind == "custom" => "function".into(),
            Some(kind) => kind,
            None => return Err(tool.missing("type")),
        };
        match (kind.as_str(), self.api) {
            ("function" | "custom", _) => Ok(vec![self.callable(&kind, tool, None, notes)?]),
            ("namespace", Api::Responses) => self.namespace(tool, notes),
            (_, Api::Responses) => match built_in::of_type(&kind) {
                Some(known) if is_clients(known, tool)? => self.built_in(known, tool, notes),
                _ => self.lose(&kind, tool, notes),
            },
            (_, Api::Chat) => self.lose(&kind, tool, notes),
        }
    }

    /// Functions of the deprecated kind, the member `functions` of `holder`.
    pub(crate) fn functions(
        &mut self,
        holder: &mut Fields<'_, '_>,
        notes: &mut Notes,
    ) -> Result<(), Error> {
        holder.objects("functions", notes, |tool, notes| {
            let read = function(tool, notes)?;
            self.offer(Kind::Function, None, read, tool.path());
            Ok(())
        })?;
        Ok(())
    }

    fn namespace(
        &mut self,
        holder: &mut Fields<'_, '_>,
        notes: &mut Notes,
    ) -> Result<Vec<String>, Error> {
        let mut namespace = Namespace {
            name: holder.required_text("name")?,
            description: holder.text("description")?,
        };
        loading(holder, self.is_own, notes)?;
        let names = holder.objects("tools", notes, |tool, notes| {
            let kind = tool.required_text("type")?;
            match kind.as_str() {
                "function" | "custom" => {
                    let name = self.callable(&kind, tool, Some(&mut namespace), notes)?;
                    Ok(vec![name])
                }
                _ => self.lose(&kind, tool, notes),
            }
        })?;
        Ok(names.into_iter().flatten().collect())
    }

    /// A function or a custom tool, whose members stand in a member of this name or beside it.
    fn callable(
        &mut self,
        kind: &str,
        tool: &mut Fields<'_, '_>,
        namespace: Option<&mut Namespace>,
        notes: &mut Notes,
    ) -> Result<String, Error> {
        let (kind, member) = match kind {
            "custom" => (Kind::Custom, "custom"),
            _ => (Kind::Function, "function"),
        };
        let is_own = self.is_own;
        let members = |fields: &mut Fields<'_, '_>, notes: &mut Notes| {
            loading(fields, is_own, notes)?;
            match kind {
                Kind::Custom => custom(fields, notes),
                _ => function(fields, notes),
            }
        };
        let mut read = within(self.api, tool, member, notes, members)?;
        read.cache_control = piece::cache_control(tool, notes)?.or(read.cache_control);
        Ok(self.offer(kind, namespace, read, tool.path()))
    }

    /// A tool that OpenAI defines and the client runs.
    fn built_in(
        &mut self,
        known: &BuiltIn,
        tool: &mut Fields<'_, '_>,
        notes: &mut Notes,
    ) -> Result<Vec<String>, Error> {
        loading(tool, self.is_own, notes)?;
        tool.raw("execution");
        let mut description = known.description.to_owned();
        if known.kind == Kind::ToolSearch {
            description = tool.text("description")?.unwrap_or(description);
        }
        tool.object("environment", notes, |environment, notes| {
            environment.raw("type");
            environment.objects("skills", notes, |skill, _| {
                for (member, before) in [
                    ("name", "\n\nSkill "),
                    ("description", ": "),
                    ("path", ", in "),
                ] {
                    if let Some(text) = skill.text(member)? {
                        description.push_str(before);
                        description.push_str(&text);
                    }
                }
                Ok(())
            })
        })?;
        let parameters = match known.kind {
            Kind::ToolSearch => tool.verbatim_object("parameters")?,
            _ => None,
        };
        let read = Tool {
            name: known.name.into(),
            description: Some(description),
            input_schema: parameters.unwrap_or_else(|| known.schema.into()),
            strict: None,
            server_type: None,
            cache_control: piece::cache_control(tool, notes)?,
        };
        Ok(vec![self.offer(known.kind, None, read, tool.path())])
    }

    /// Offer a tool, unless it is offered already; its name in the request.
    fn offer(
        &mut self,
        kind: Kind,
        namespace: Option<&mut Namespace>,
        mut tool: Tool,
        path: Path<'_>,
    ) -> String {
        let space = namespace.as_deref().map(|it| it.name.as_str());
        let space = space.filter(|space| !space.is_empty());
        let (name, is_new) = self.offered.offer(kind, space, &tool.name);
        // Of two in the request's own list the second is refused, as any client's is.
        if is_new || self.is_own {
            tool.name.clone_from(&name);
            if let Some(namespace) = namespace {
                namespace.describe(&mut tool);
            }
            self.request.tools.push(tool);
            self.offered.place(path);
        }
        name
    }

    /// A tool of a type that is not supported.
    fn lose(
        &mut self,
        kind: &str,
        tool: &mut Fields<'_, '_>,
        notes: &mut Notes,
    ) -> Result<Vec<String>, Error> {
        let kind = printable(kind);
        let why = not_supported(&kind);
        let here = tool.path();
        let refused = [&why, ": remove it"].concat();
        notes.lost_or(
            Code::Dropped,
            here.member("type"),
            &[&why, "; dropped"].concat(),
            &refused,
        )?;
        self.dropped.push(kind);
        // Its members are no news.
        tool.rest();
        Ok(Vec::new())
    }
}

impl Namespace {
    /// Add the namespace's description to one tool's, and to every tool that has none.
    fn describe(&mut self, tool: &mut Tool) {
        let Some(about) = self
            .description
            .as_deref()
            .filter(|text| !text.trim().is_empty())
        else {
            return;
        };
        match &mut tool.description {
            Some(text) if !text.trim().is_empty() => {
                text.push_str("\n\n");
                text.push_str(&self.name);
                text.push_str(": ");
                text.push_str(about);
                self.description = None;
            }
            missing => *missing = Some(about.to_owned()),
        }
    }
}

/// Read the members that stand in `member`, or, where that is not there, in `holder` itself.
pub(super) fn within<T>(
    api: Api,
    holder: &mut Fields<'_, '_>,
    member: &'static str,
    notes: &mut Notes,
    read: impl FnOnce(&mut Fields<'_, '_>, &mut Notes) -> Result<T, Error>,
) -> Result<T, Error> {
    match holder.raw(member) {
        Some(_) => holder.required_object(member, notes, read),
        None if api == Api::Chat && holder.raw("name").is_none() => Err(holder.missing(member)),
        None => read(holder, notes),
    }
}

fn function(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<Tool, Error> {
    let schema = match fields.verbatim_object("parameters")? {
        Some(parameters) => Some(parameters),
        None => fields.verbatim_object("input_schema")?,
    };
    Ok(Tool {
        name: fields.required_text("name")?,
        description: fields.text("description")?,
        input_schema: schema.unwrap_or_else(|| NO_PARAMETERS.into()),
        strict: fields.flag("strict")?,
        server_type: None,
        cache_control: piece::cache_control(fields, notes)?,
    })
}

fn custom(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Result<Tool, Error> {
    let name = fields.required_text("name")?;
    let mut description = fields.text("description")?.unwrap_or_default();
    if !description.trim().is_empty() {
        description.push_str("\n\n");
    }
    description.push_str(RAW);
    fields.object("format", notes, |format, notes| {
        if format.required_text("type")? != "grammar" {
            return Ok(());
        }
        let (syntax, definition) = within_grammar(format, notes)?;
        for text in [
            " It must match this grammar (",
            &syntax,
            "):\n",
            &definition,
        ] {
            description.push_str(text);
        }
        Ok(())
    })?;
    Ok(Tool {
        name,
        description: Some(description),
        input_schema: freeform::SCHEMA.into(),
        strict: None,
        server_type: None,
        cache_control: piece::cache_control(fields, notes)?,
    })
}

/// The syntax and the definition of a grammar, which stand in a member of their own in Chat Completions.
fn within_grammar(
    format: &mut Fields<'_, '_>,
    notes: &mut Notes,
) -> Result<(String, String), Error> {
    let read = |fields: &mut Fields<'_, '_>| {
        let syntax = fields.text("syntax")?.unwrap_or_default();
        Ok((syntax, fields.required_text("definition")?))
    };
    match format.raw("grammar") {
        Some(_) => format.required_object("grammar", notes, |fields, _| read(fields)),
        None => read(format),
    }
}

/// Bedrock loads no tools later.
pub(crate) const LOADED: &str =
    "deferred loading is not supported by Bedrock; ignored: all tools are sent at once";

/// Members that say when a tool is loaded, and how and by whom it is called.
fn loading(tool: &mut Fields<'_, '_>, is_own: bool, notes: &mut Notes) -> Result<(), Error> {
    if tool.flag("defer_loading")? == Some(true) && is_own {
        // Once for all of them: a client may defer hundreds.
        notes.changed(Code::Ignored, Path::Root.member("tools"), LOADED);
    }
    if tool.flag("async")? == Some(true) {
        tool.lost(
            "async",
            "asynchronous calls are not supported by Bedrock",
            notes,
        )?;
    }
    match tool.raw("allowed_callers") {
        Some(raw) if !raw.contains("\"direct\"") => {
            let why = "programmatic calls are not supported by Bedrock";
            tool.lost("allowed_callers", why, notes)
        }
        _ => Ok(()),
    }
}

/// Whether the client runs this tool, not OpenAI.
fn is_clients(known: &BuiltIn, tool: &mut Fields<'_, '_>) -> Result<bool, Error> {
    match known.kind {
        Kind::ToolSearch => Ok(tool.text("execution")?.as_deref() == Some("client")),
        Kind::Shell => {
            let raw = tool.raw("environment").unwrap_or("{}");
            let object = Object::parse(raw.as_bytes()).unwrap_or_default();
            let kind = object.string("type").unwrap_or_default();
            Ok(kind.is_none_or(|kind| kind == "local"))
        }
        _ => Ok(true),
    }
}
