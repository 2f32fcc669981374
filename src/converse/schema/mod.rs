//! Schemas → what the service takes in the place where they go.
//!
//! In: a JSON Schema, and the [`Subset`] of the place: native output, a strict tool, a tool of this family or that. Out:
//! a schema of that subset that means the same as far as it can be said, with the rest in its descriptions; or why there
//! is none. The same schema becomes the same bytes, and one that is of the subset goes out byte for byte.
//!
//! | room | what it knows |
//! |---|---|
//! | [`keywords`] | each keyword, and what constrained decoding makes of it |
//! | [`walk`], [`plan`] | the way through a schema, and one part of it on its way out |
//! | [`constrained`] | objects, arrays and alternatives under constrained decoding |
//! | [`references`] | what `$ref` points to |
//! | [`alternatives`] | `oneOf`, `anyOf` and `allOf` at a root that may have none |
//! | [`changes`] | what was changed, and the warnings about it |
//! | [`renamed`] | properties under other names, and their own again |

mod alternatives;
mod changes;
mod constrained;
mod keywords;
mod plan;
mod references;
pub(crate) mod renamed;
mod walk;

use std::borrow::Cow;

use crate::canonical::Error;
use crate::capability::ToolSchemas;
use crate::json::{self, Node};
use crate::target::Target;
use crate::warnings::Warnings;
use changes::Changes;
use walk::Walk;

/// What a schema may hold where it goes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Subset {
    /// It constrains the decoding: objects are closed, and only some keywords are taken.
    is_constrained: bool,
    /// Definitions, and references to them.
    has_references: bool,
    root: Root,
    property_names: PropertyNames,
}

/// What the root of a schema may be, from the most to the least.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
enum Root {
    Any,
    Object,
    /// Without `oneOf`, `anyOf` and `allOf`.
    NoAlternatives,
    /// With `type`, `properties`, `required`, `additionalProperties` and `title` alone.
    Plain,
}

/// Which names the properties may have.
#[derive(Debug, Clone, Copy, PartialEq)]
enum PropertyNames {
    /// Their own, and none is empty: an answer in this form comes as it is.
    Own,
    /// Others in the place of those that are refused.
    Changed { is_limited: bool },
}

/// `outputConfig.textFormat`.
pub(crate) const NATIVE_OUTPUT: Subset = Subset {
    is_constrained: true,
    has_references: true,
    root: Root::Any,
    property_names: PropertyNames::Own,
};

/// `toolSpec.inputSchema` of a family.
pub(crate) fn of_tool(target: &Target, is_strict: bool) -> Subset {
    let (has_references, root) = match target.capabilities.tool_schemas {
        ToolSchemas::Any => (true, Root::Object),
        ToolSchemas::NoRootAlternatives => (true, Root::NoAlternatives),
        ToolSchemas::NoReferences => (false, Root::Object),
        ToolSchemas::PlainRoot => (false, Root::Plain),
    };
    Subset {
        is_constrained: is_strict,
        has_references,
        root,
        property_names: PropertyNames::Changed {
            is_limited: target.capabilities.limited_property_names,
        },
    }
}

/// A schema of a subset.
#[derive(Debug)]
pub(crate) struct Fitted<'a> {
    pub json: Cow<'a, str>,
    /// The names of its properties as they are sent, and as they were.
    pub renamed: Vec<(String, String)>,
    changes: Changes,
}

/// Why a schema is not of a subset, and cannot be changed to be.
#[derive(Debug, PartialEq)]
pub(crate) enum Misfit {
    /// It is no JSON object.
    Json(json::Error),
    /// Its type is not `object`.
    Type,
    /// What it asks for cannot be said there.
    Refused(&'static str),
}

impl Misfit {
    /// The error of a schema that has no other way to go; `path` is the schema's.
    pub(crate) fn into_error(self, path: &str) -> Error {
        match self {
            Misfit::Json(error) => Error::invalid(path, error.to_string()),
            Misfit::Type => Error::invalid(
                [path, ".type"].concat(),
                "expected \"object\": a tool's input must be an object",
            ),
            Misfit::Refused(what) => Error::invalid(path, [what, " is not supported"].concat()),
        }
    }
}

/// The schema as the subset has it.
pub(crate) fn fit<'a>(schema: &'a str, subset: &Subset) -> Result<Fitted<'a>, Misfit> {
    let root = Node::object(schema).map_err(Misfit::Json)?;
    if subset.is_constrained
        && let Some(what) = references::refused(&root)
    {
        return Err(Misfit::Refused(what));
    }
    let (json, mut changes) = Walk::through(&root, subset)?;
    Ok(Fitted {
        renamed: std::mem::take(&mut changes.renamed),
        json: match changes.is_any {
            true => Cow::Owned(json),
            false => Cow::Borrowed(schema.trim()),
        },
        changes,
    })
}

/// A schema that asks for an object, and for nothing of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum AnyObject {
    Bare,
    /// In words, it says what it is for.
    Described,
}

/// Whether any object, or nearly any, is of the schema.
pub(crate) fn any_object(schema: &str) -> Option<AnyObject> {
    let is_empty = |node: &Node<'_>| match (node.members(), node.elements()) {
        (Some(members), _) => members.list.is_empty(),
        (_, Some(elements)) => elements.is_empty(),
        _ => node.raw == "null",
    };
    let mut any = AnyObject::Bare;
    let root = Node::object(schema).ok()?;
    for (name, node) in &root.members()?.list {
        let asks_nothing = match &**name {
            "type" => node.is_text("object") || node.raw == "null",
            "additionalProperties" | "unevaluatedProperties" => {
                node.raw == "true" || is_empty(node)
            }
            "properties" | "required" | "patternProperties" => is_empty(node),
            "title" | "description" | "default" | "examples" => {
                any = AnyObject::Described;
                true
            }
            "$defs" | "definitions" => true,
            name => matches!(keywords::of(name).1, keywords::Decoding::Dropped),
        };
        if !asks_nothing {
            return None;
        }
    }
    Some(any)
}

impl Fitted<'_> {
    /// Tell what was changed; `path` is the schema's.
    pub(crate) fn tell(&self, path: &str, notes: &mut Warnings) -> Result<(), Error> {
        self.changes.tell(path, notes)
    }

    /// What the root says and had no place there, for a description of the whole.
    pub(crate) fn about(&self) -> &str {
        &self.changes.about
    }
}
