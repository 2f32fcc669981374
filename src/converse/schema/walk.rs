//! The way through a schema: each part of it planned, and written.

use std::borrow::Cow;

use super::alternatives::{self, Merged};
use super::changes::Changes;
use super::keywords::{self, ALTERNATIVES, Decoding, Holds};
use super::plan::{Plan, member};
use super::references::{self, REF};
use super::{Misfit, Root, Subset, constrained};
use crate::converse::names;
use crate::json::{Members, Node, Writer};

/// References are followed into schemas that lie so deep in others, and no deeper.
const MAX_DEPTH: usize = 24;

/// So many bytes of definitions take the place of references.
const MAX_GROWTH: usize = 64 << 10;

const DESCRIPTION: &str = "description";
const CLOSED: &str = "additionalProperties";
const DEFINITIONS: &[&str] = &["$defs", "definitions"];

/// Members that stand beside a reference and say nothing of what it points to.
const ANNOTATIONS: &[&str] = &["title", DESCRIPTION, "default", "$defs", "definitions"];

/// What a root that is plain may have.
const PLAIN_ROOT: &[&str] = &["type", "properties", "required", CLOSED, "title"];

/// What becomes of a member.
enum Fate {
    Kept,
    /// It is said in the description.
    Worded,
    Dropped,
}

/// The way through one schema.
pub(super) struct Walk<'r, 'a> {
    subset: &'r Subset,
    root: &'r Node<'a>,
    /// The definitions, by their numbers, whose references are being replaced.
    expanding: Vec<usize>,
    depth: usize,
    grown: usize,
    changes: Changes,
    misfit: Option<Misfit>,
}

impl<'r, 'a> Walk<'r, 'a> {
    /// The whole of a schema, written, and what was changed.
    pub(super) fn through(
        root: &'r Node<'a>,
        subset: &'r Subset,
    ) -> Result<(String, Changes), Misfit> {
        let mut walk = Walk {
            subset,
            root,
            expanding: Vec::new(),
            depth: 0,
            grown: 0,
            changes: Changes::default(),
            misfit: None,
        };
        let mut w = Writer::with_capacity(root.raw.len());
        walk.schema(root, "", &mut w);
        match walk.misfit {
            Some(misfit) => Err(misfit),
            None => Ok((w.into_string(), walk.changes)),
        }
    }

    /// A schema; `words` is what the one above has to say of it.
    fn schema(&mut self, node: &'r Node<'a>, words: &str, w: &mut Writer) {
        let Some(members) = node.members() else {
            // `true`, or no schema at all.
            if self.subset.is_constrained {
                self.refuse("a value of any type");
            }
            return w.raw(node.raw);
        };
        if self.misfit.is_some() {
            return w.raw("{}");
        }
        let outside = self.expanding.len();
        let mut plan = Plan::default();
        if !words.is_empty() {
            plan.say([words.to_owned()]);
        }
        let is_root = self.depth == 0;
        self.gather(members, &mut plan);
        self.select(&mut plan, is_root);
        if is_root {
            self.arrange_root(&mut plan);
        }
        if self.subset.is_constrained
            && let Err(what) = constrained::arrange(&mut plan, &mut self.changes)
        {
            self.refuse(what);
        }
        if is_root && self.subset.root == Root::Plain {
            self.describe_elsewhere(&mut plan);
        }
        self.changes.is_closed |= plan.is_closed;
        self.changes.is_any |=
            plan.is_changed || plan.is_closed || plan.put_type.is_some() || !plan.words.is_empty();
        self.depth += 1;
        w.object(|w| self.write(&plan, w));
        self.depth -= 1;
        self.expanding.truncate(outside);
    }

    fn refuse(&mut self, what: &'static str) {
        self.misfit.get_or_insert(Misfit::Refused(what));
    }

    /// The members of a schema; where references are replaced, those of what it refers to.
    fn gather(&mut self, own: &'r Members<'a>, plan: &mut Plan<'r, 'a>) {
        let mut members = own;
        let mut annotations: Vec<(Cow<'a, str>, &'r Node<'a>)> = Vec::new();
        // A root that must be an object cannot be a reference.
        let is_expanded =
            !self.subset.has_references || self.depth == 0 && self.subset.root != Root::Any;
        while is_expanded && let Some(reference) = references::of(members) {
            plan.is_changed = true;
            for (name, node) in members.iter().filter(|(name, _)| *name != REF) {
                if !ANNOTATIONS.contains(&&*name) {
                    self.word(&name, node, plan);
                } else if !annotations.iter().any(|known| known.0 == name) {
                    annotations.push((name, node));
                }
            }
            match self.follow(&reference) {
                Some(target) => members = target,
                None => {
                    let mut words = "structure: ".to_owned();
                    keywords::push_cut(&mut words, &references::name(&reference));
                    plan.say([words]);
                    plan.put_type = Some("object");
                    self.changes.open(&reference);
                    plan.members = annotations.into_iter().map(member).collect();
                    return;
                }
            }
        }
        let is_said = |name: &str| annotations.iter().any(|known| known.0 == name);
        let rest = members.iter().filter(|(name, _)| !is_said(name));
        plan.members = rest.map(member).collect();
        plan.members.extend(annotations.into_iter().map(member));
    }

    /// What takes the place of a reference; none where nothing does.
    fn follow(&mut self, reference: &str) -> Option<&'r Members<'a>> {
        let target = self.resolve(reference)?;
        let members = target.members()?;
        let grown = self.grown + target.raw.len();
        let is_inside = self.expanding.contains(&members.number);
        if is_inside || self.depth > MAX_DEPTH || grown > MAX_GROWTH {
            return None;
        }
        self.grown = grown;
        self.expanding.push(members.number);
        self.changes.is_expanded = true;
        Some(members)
    }

    /// What a reference points to.
    pub(super) fn resolve(&self, reference: &str) -> Option<&'r Node<'a>> {
        references::resolve(self.root, reference)
    }

    /// A keyword is not taken: what it says is said in words.
    fn word(&mut self, name: &str, node: &Node<'_>, plan: &mut Plan<'_, '_>) {
        plan.is_changed = true;
        if let Some(words) = keywords::words(name, node) {
            plan.say([words]);
            self.changes.word(name);
        }
    }

    /// Which members are taken.
    fn select(&mut self, plan: &mut Plan<'r, 'a>, is_root: bool) {
        for (name, node, holds) in std::mem::take(&mut plan.members) {
            match self.fate(&name, node, is_root) {
                Fate::Kept => plan.members.push((name, node, holds)),
                Fate::Worded => self.word(&name, node, plan),
                Fate::Dropped => plan.is_changed = true,
            }
        }
    }

    fn fate(&mut self, name: &str, node: &Node<'_>, is_root: bool) -> Fate {
        let decoding = keywords::of(name).1;
        if !self.subset.has_references && DEFINITIONS.contains(&name) {
            return Fate::Dropped;
        }
        if is_root && self.subset.root == Root::Plain && !PLAIN_ROOT.contains(&name) {
            return match decoding {
                Decoding::Dropped => Fate::Dropped,
                Decoding::Alternatives => Fate::Kept,
                _ if name == DESCRIPTION => Fate::Kept,
                _ => Fate::Worded,
            };
        }
        if !self.subset.is_constrained {
            return Fate::Kept;
        }
        match decoding {
            _ if node.raw == "null" && !matches!(name, "default" | "const") => Fate::Dropped,
            Decoding::Kept | Decoding::Alternatives => Fate::Kept,
            Decoding::KeptIf(is_taken) if is_taken(node) => Fate::Kept,
            Decoding::KeptIf(_) | Decoding::Worded => Fate::Worded,
            Decoding::Dropped => Fate::Dropped,
            Decoding::RefusedUnlessFalse(_) if node.raw == "false" => match name {
                CLOSED => Fate::Kept,
                _ => Fate::Dropped,
            },
            Decoding::Refused(what) | Decoding::RefusedUnlessFalse(what) => {
                self.refuse(what);
                Fate::Dropped
            }
        }
    }

    /// The root is an object, and has alternatives only where it may.
    fn arrange_root(&mut self, plan: &mut Plan<'r, 'a>) {
        if self.subset.root == Root::Any {
            return;
        }
        match plan.get("type").map(|node| node.raw) {
            Some("\"object\"") => {}
            None | Some("null") => {
                plan.remove("type");
                plan.put_type = Some("object");
                self.changes.is_typed = true;
            }
            Some(_) => {
                self.misfit.get_or_insert(Misfit::Type);
            }
        }
        if self.subset.root < Root::NoAlternatives {
            return;
        }
        let merged = alternatives::merge(self, plan);
        for name in ALTERNATIVES {
            if plan.get(name).is_some() {
                self.changes.alternatives.push((name, merged.is_some()));
                plan.remove(name);
            }
        }
        if let Some((merged, words)) = merged {
            plan.remove("properties");
            plan.remove("required");
            plan.say(words);
            plan.merged = Some(merged);
        }
    }

    /// What the root says has no place there: it goes where the whole is described.
    fn describe_elsewhere(&mut self, plan: &mut Plan<'_, '_>) {
        let own = plan.get(DESCRIPTION).and_then(Node::text);
        let words = std::mem::take(&mut plan.words).join(", ");
        plan.remove(DESCRIPTION);
        plan.is_changed |= !words.is_empty();
        self.changes.about = described(own.as_deref(), &words);
    }

    fn write(&mut self, plan: &Plan<'r, 'a>, w: &mut Writer) {
        if let Some(kind) = plan.put_type {
            w.name("type").text(kind);
        }
        let words = plan.words.join(", ");
        let own = plan.get(DESCRIPTION);
        for (name, node, holds) in &plan.members {
            w.name(name);
            match &**name {
                DESCRIPTION if !words.is_empty() => {
                    w.text(&described(node.text().as_deref(), &words));
                }
                REF => self.reference(node, w),
                // A schema in name alone: `false`.
                CLOSED if self.subset.is_constrained => w.raw(node.raw),
                _ => self.value(node, *holds, w),
            }
        }
        if let Some(merged) = &plan.merged {
            self.write_merged(merged, w);
        }
        if !words.is_empty() && own.is_none() {
            w.name(DESCRIPTION).text(&words);
        }
        if plan.is_closed {
            w.name(CLOSED).flag(false);
        }
    }

    fn value(&mut self, node: &'r Node<'a>, holds: Holds, w: &mut Writer) {
        match (holds, node.members(), node.elements()) {
            (Holds::Schema, _, Some(schemas)) => w.array(|w| {
                for schema in schemas {
                    self.schema(schema, "", w);
                }
            }),
            (Holds::Schema, ..) => self.schema(node, "", w),
            (Holds::Definitions, Some(members), _) => w.object(|w| {
                for (name, schema) in members.iter() {
                    self.schema(schema, "", w.name(&name));
                }
            }),
            (Holds::Properties, Some(members), _) => w.object(|w| {
                for (name, node) in members.iter() {
                    self.property(&name, &[node], w);
                }
            }),
            (Holds::Names, _, Some(names)) => self.names(names, w),
            _ => w.raw(node.raw),
        }
    }

    /// A property under the name that is taken, and its schema: one of them, or those that its alternatives give it.
    fn property(&mut self, name: &str, schemas: &[&'r Node<'a>], w: &mut Writer) {
        let sent = self.property_name(name);
        let mut words = String::new();
        if *sent != *name {
            words.push_str("named \"");
            keywords::push_cut(&mut words, name);
            words.push('"');
            self.changes.rename(&sent, name);
        }
        w.name(&sent);
        match schemas {
            [one] => match one.elements() {
                // Of `dependentRequired`.
                Some(names) => self.names(names, w),
                None => self.schema(one, &words, w),
            },
            several => w.object(|w| {
                w.name("anyOf").array(|w| {
                    for schema in several {
                        self.schema(schema, &words, w);
                    }
                });
            }),
        }
    }

    fn names(&mut self, names: &[Node<'_>], w: &mut Writer) {
        w.array(|w| {
            for name in names {
                match name.text() {
                    Some(name) => w.text(&self.property_name(&name)),
                    None => w.raw(name.raw),
                }
            }
        });
    }

    fn property_name<'n>(&mut self, name: &'n str) -> Cow<'n, str> {
        match self.subset.property_names {
            Some(form) => names::property_name(name, form),
            None => {
                if name.is_empty() {
                    self.refuse("a property without a name");
                }
                Cow::Borrowed(name)
            }
        }
    }

    fn reference(&mut self, node: &Node<'_>, w: &mut Writer) {
        let mut rename = |name: &str| match self.property_name(name) {
            Cow::Owned(sent) => Some(sent),
            Cow::Borrowed(_) => None,
        };
        let reference = node.text().unwrap_or_default();
        match references::renamed(&reference, &mut rename) {
            Some(sent) => w.text(&sent),
            None => w.raw(node.raw),
        }
    }

    fn write_merged(&mut self, merged: &Merged<'r, 'a>, w: &mut Writer) {
        w.name("properties").object(|w| {
            for (name, schemas) in &merged.properties {
                self.property(name, schemas, w);
            }
        });
        if !merged.required.is_empty() {
            w.name("required").array(|w| {
                for name in &merged.required {
                    w.text(&self.property_name(name));
                }
            });
        }
    }
}

/// A description, and what is to be said besides.
fn described(own: Option<&str>, words: &str) -> String {
    match own.unwrap_or_default() {
        "" => words.to_owned(),
        own if words.is_empty() => own.to_owned(),
        own => [own, " (", words, ")"].concat(),
    }
}
