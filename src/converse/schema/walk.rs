//! The way through a schema: each part of it planned, and written.

use std::borrow::Cow;

use super::alternatives::{self, Merged};
use super::changes::Changes;
use super::keywords::{self, ALTERNATIVES, Decoding, Holds};
use super::plan::Plan;
use super::references::{self, Marks, REF, Seen};
use super::{Misfit, PropertyNames, Root, Subset, constrained};
use crate::converse::names;
use crate::json::{Members, Node, Writer};

/// References are followed into schemas that lie so deep in others, and no deeper.
const MAX_DEPTH: usize = 24;

/// So many bytes of definitions take the place of references.
pub(super) const MAX_GROWTH: usize = 64 << 10;

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
    /// The same, as marks.
    inside: Marks,
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
            inside: Marks::default(),
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
        let members = match node.members() {
            Some(members) if self.misfit.is_none() => members,
            Some(_) => return,
            // `true`, or no schema at all.
            None if self.subset.is_constrained => return self.refuse("a value of any type"),
            None => return w.raw(node.raw),
        };
        let outside = self.expanding.len();
        let mut plan = Plan::default();
        if !words.is_empty() {
            plan.say(words);
        }
        self.gather(members, &mut plan);
        self.select(&mut plan);
        if self.depth == 0 {
            self.arrange_root(&mut plan);
        }
        if self.subset.is_constrained
            && let Err(what) = constrained::arrange(&mut plan, self.depth == 0, &mut self.changes)
        {
            self.refuse(what);
        }
        if self.depth == 0 && self.subset.root == Root::Plain {
            self.describe_elsewhere(&mut plan);
        }
        self.changes.is_closed |= plan.is_closed;
        self.changes.is_any_of |= plan.is_renamed;
        self.changes.is_any |= plan.is_changed
            || plan.is_renamed
            || plan.is_closed
            || plan.put_type.is_some()
            || !plan.words.is_empty();
        self.depth += 1;
        self.write(&plan, w);
        self.depth -= 1;
        for number in self.expanding.drain(outside..) {
            self.inside.set(number, Seen::Never);
        }
    }

    fn refuse(&mut self, what: &'static str) {
        self.misfit.get_or_insert(Misfit::Refused(what));
    }

    /// The members of a schema; where references are replaced, those of what it refers to.
    fn gather(&mut self, own: &'r Members<'a>, plan: &mut Plan<'r, 'a>) {
        // A root that must be an object cannot be a reference.
        let is_expanded =
            !self.subset.has_references || self.depth == 0 && self.subset.root != Root::Any;
        let mut members = own;
        while let Some(reference) = references::of(members)
            && (is_expanded || self.is_removed(&reference))
        {
            plan.is_changed = true;
            for member in &members.list {
                let (name, node) = member;
                if ANNOTATIONS.contains(&&**name) {
                    // What stands nearer to the value is said of it.
                    if !plan.has(name) {
                        plan.push(member);
                    }
                } else if name != REF {
                    self.word(name, node, plan);
                }
            }
            let Some(target) = self.follow(&reference) else {
                plan.say(&["structure: ", &references::name(&reference)].concat());
                plan.put_type = Some("object");
                return self.changes.open(&reference);
            };
            members = target;
        }
        let beside = plan.parts.len();
        for member in &members.list {
            let mut said = plan.parts.iter().take(beside);
            if !said.any(|part| part.0 == member.0) {
                plan.push(member);
            }
        }
    }

    /// Whether what a reference points to is in the root's alternatives, where the root may have none.
    fn is_removed(&self, reference: &str) -> bool {
        let mut segments = reference.split('/');
        self.subset.root >= Root::NoAlternatives
            && segments.next() == Some("#")
            && segments
                .next()
                .is_some_and(|first| ALTERNATIVES.contains(&first))
    }

    /// What takes the place of a reference; none where nothing does.
    fn follow(&mut self, reference: &str) -> Option<&'r Members<'a>> {
        let target = self.resolve(reference)?;
        let (members, number) = (target.members()?, target.number()?);
        let grown = self.grown + target.raw.len();
        let is_inside = self.inside.get(number) == Seen::Inside;
        if is_inside || self.depth > MAX_DEPTH || grown > MAX_GROWTH {
            return None;
        }
        self.grown = grown;
        self.expanding.push(number);
        self.inside.set(number, Seen::Inside);
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
            plan.say(&words);
            self.changes.word(name);
        }
    }

    /// Which members are taken.
    fn select(&mut self, plan: &mut Plan<'r, 'a>) {
        let is_plain_root = self.depth == 0 && self.subset.root == Root::Plain;
        if self.subset.has_references && !self.subset.is_constrained && !is_plain_root {
            return;
        }
        for part in std::mem::take(&mut plan.parts) {
            match self.fate(part.0, part.1) {
                Fate::Kept => plan.parts.push(part),
                Fate::Worded => self.word(part.0, part.1, plan),
                Fate::Dropped => plan.is_changed = true,
            }
        }
    }

    fn fate(&mut self, name: &str, node: &Node<'_>) -> Fate {
        let is_root = self.depth == 0;
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
        match plan.get("type") {
            Some(node) if node.is_text("object") => {}
            Some(node) if node.raw != "null" => {
                self.misfit.get_or_insert(Misfit::Type);
            }
            _ => {
                plan.remove("type");
                plan.put_type = Some("object");
                self.changes.is_typed = true;
            }
        }
        if self.subset.root < Root::NoAlternatives {
            return;
        }
        let merged = alternatives::merge(self, plan);
        for name in ALTERNATIVES {
            if plan.has(name) {
                self.changes.alternatives.push((name, merged.is_some()));
                plan.remove(name);
            }
        }
        if let Some(merged) = merged {
            plan.remove("properties");
            plan.remove("required");
            if !merged.words.is_empty() {
                plan.say(&merged.words);
            }
            plan.merged = Some(merged);
        }
    }

    /// What the root says has no place there: it goes where the whole is described.
    fn describe_elsewhere(&mut self, plan: &mut Plan<'_, '_>) {
        let own = plan.get(DESCRIPTION).and_then(Node::text);
        self.changes.about = described(&own.unwrap_or_default(), &plan.words);
        plan.is_changed |= !plan.words.is_empty();
        plan.words.clear();
        plan.remove(DESCRIPTION);
    }

    fn write(&mut self, plan: &Plan<'r, 'a>, w: &mut Writer) {
        w.begin("{");
        if let Some(kind) = plan.put_type {
            w.name("type").text(kind);
        }
        let words = &plan.words;
        // The last of this name counts: what is said besides is said there alone.
        let described_at = plan.parts.iter().rposition(|part| part.0 == DESCRIPTION);
        for (at, (name, node, holds)) in plan.parts.iter().enumerate() {
            w.name(name);
            match *name {
                DESCRIPTION if !words.is_empty() && described_at == Some(at) => {
                    w.text(&described(&node.text().unwrap_or_default(), words));
                }
                "type" if plan.is_nullable => w.array(|w| {
                    w.raw(node.raw);
                    w.text("null");
                }),
                REF => self.reference(node, w),
                // A schema in name alone: `false`.
                CLOSED if self.subset.is_constrained => w.raw(node.raw),
                _ => self.value(node, *holds, w),
            }
        }
        if let Some(merged) = &plan.merged {
            self.write_merged(merged, w);
        }
        if !words.is_empty() && described_at.is_none() {
            w.name(DESCRIPTION).text(words);
        }
        if plan.is_closed {
            w.name(CLOSED).flag(false);
        }
        w.end("}");
    }

    fn value(&mut self, node: &'r Node<'a>, holds: Holds, w: &mut Writer) {
        match (holds, node.members(), node.elements()) {
            (Holds::Schema, _, None) => self.schema(node, "", w),
            (Holds::Schema, _, Some(schemas)) => self.schemas(schemas, w),
            (Holds::Properties | Holds::Definitions, Some(members), _) => {
                w.begin("{");
                for (name, node) in &members.list {
                    match holds {
                        Holds::Properties => self.property(name, &[node], w),
                        _ => self.schema(node, "", w.name(name)),
                    }
                }
                w.end("}");
            }
            (Holds::Names, _, Some(names)) => self.names(names, w),
            _ => w.raw(node.raw),
        }
    }

    fn schemas(&mut self, schemas: &'r [Node<'a>], w: &mut Writer) {
        w.begin("[");
        for schema in schemas {
            self.schema(schema, "", w);
        }
        w.end("]");
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
        if let [one] = schemas {
            return match one.elements() {
                // Of `dependentRequired`.
                Some(names) => self.names(names, w),
                None => self.schema(one, &words, w),
            };
        }
        w.begin("{");
        w.name("anyOf").begin("[");
        for schema in schemas {
            self.schema(schema, &words, w);
        }
        w.end("]");
        w.end("}");
    }

    fn names(&mut self, names: &[Node<'_>], w: &mut Writer) {
        w.begin("[");
        for name in names {
            match name.text() {
                Some(name) => w.text(&self.property_name(&name)),
                None => w.raw(name.raw),
            }
        }
        w.end("]");
    }

    fn property_name<'n>(&mut self, name: &'n str) -> Cow<'n, str> {
        match self.subset.property_names {
            PropertyNames::Changed { is_limited } => names::property_name(name, is_limited),
            PropertyNames::Own => {
                if name.is_empty() {
                    self.refuse("a property with an empty name");
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
        w.name("properties").begin("{");
        for (name, schemas) in &merged.properties {
            self.property(name, schemas, w);
        }
        w.end("}");
        if !merged.required.is_empty() {
            w.name("required").begin("[");
            for name in &merged.required {
                w.text(&self.property_name(name));
            }
            w.end("]");
        }
    }
}

/// A description, and what is to be said besides.
fn described(own: &str, words: &str) -> String {
    match (own, words) {
        ("", said) | (said, "") => said.to_owned(),
        _ => [own, " (", words, ")"].concat(),
    }
}
