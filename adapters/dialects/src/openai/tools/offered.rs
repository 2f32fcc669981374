//! What each name that is offered to the model stands for.
//!
//! A function in a namespace is offered by both names joined, `mcp__docs` and `search` as `mcp__docs__search`. Where that
//! is no legal name, or another tool has it, a hash of both stands in it. A name depends on the tool and on what came
//! before it in the request, so that it is the same in every turn of a conversation, whose requests only grow at the end.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bedrock_provider::tool_name;

use crate::path::Path;

/// What a tool is to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Takes a JSON object.
    Function,
    /// Takes raw text.
    Custom,
    /// OpenAI's `local_shell`.
    LocalShell,
    /// OpenAI's `shell`.
    Shell,
    /// OpenAI's `apply_patch`.
    ApplyPatch,
    /// OpenAI's `tool_search`, where the client searches.
    ToolSearch,
}

/// A tool as the client knows it, and as it is offered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Offer {
    /// Its name in the request.
    pub(crate) sent: String,
    pub(crate) kind: Kind,
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    /// Whether the model can call it; else the history alone names it.
    is_offered: bool,
}

/// How a tool is looked up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// By its name in the request.
    Sent(String),
    /// By the client's names; the namespace is empty where there is none.
    Named(String, String),
    /// One that OpenAI defines.
    BuiltIn(Kind),
    /// By its name in whatever namespace, where that is enough.
    Bare(String),
    /// Not a tool, but the number by which the last of several was told apart that would all be named so.
    Alike(String),
}

/// More than one tool has the key.
const AMBIGUOUS: usize = usize::MAX;

/// What the names of a request's tools stand for. Empty where every name is the client's own.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Offered {
    offers: Vec<Offer>,
    keys: BTreeMap<Key, usize>,
    /// Where each tool of the request stands in the client's body.
    places: Vec<String>,
}

impl Offered {
    /// Offer a tool: its name in the request, and whether it was not offered before.
    pub(crate) fn offer(
        &mut self,
        kind: Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> (String, bool) {
        let at = self.enter(kind, namespace, name);
        let Some(offer) = self.offers.get_mut(at) else {
            return (name.to_owned(), true);
        };
        // The history may have named it as another kind.
        offer.kind = kind;
        let was_offered = std::mem::replace(&mut offer.is_offered, true);
        (offer.sent.clone(), !was_offered)
    }

    /// The name in the request of a tool that the history calls.
    pub(crate) fn called(&mut self, kind: Kind, namespace: Option<&str>, name: &str) -> String {
        if let Some(offer) = self.find(kind, namespace, name) {
            return offer.sent.clone();
        }
        let at = self.enter(kind, namespace, name);
        let offer = self.offers.get(at);
        offer.map_or_else(|| name.to_owned(), |offer| offer.sent.clone())
    }

    /// The tool that a client means: by its own names, by the name that was offered, or by a name that is in one namespace
    /// alone.
    pub(crate) fn find(&self, kind: Kind, namespace: Option<&str>, name: &str) -> Option<&Offer> {
        let by = |key| self.offers.get(*self.keys.get(&key)?);
        let own = key(kind, namespace, name);
        // What OpenAI defines is no function of that name.
        let is_exact = namespace.is_some() || matches!(own, Key::BuiltIn(_));
        let found = by(own);
        if found.is_some() || is_exact {
            return found;
        }
        by(Key::Sent(name.to_owned())).or_else(|| by(Key::Bare(name.to_owned())))
    }

    /// What an offered name stands for; none where it is not in the request.
    pub(crate) fn stands_for(&self, sent: &str) -> Option<&Offer> {
        self.offers.get(*self.keys.get(&Key::Sent(sent.into()))?)
    }

    /// Whether the tool that is offered by this name takes raw text.
    pub(crate) fn is_custom(&self, sent: &str) -> bool {
        let offer = self.stands_for(sent);
        offer.is_some_and(|offer| offer.kind == Kind::Custom)
    }

    /// The tools of a namespace that are offered.
    pub(crate) fn in_namespace(&self, namespace: &str) -> impl Iterator<Item = &Offer> {
        let from = Key::Named(namespace.into(), String::new());
        let of_namespace = self.keys.range(from..).take_while(
            move |(key, _)| matches!(key, Key::Named(space, _) if space.as_str() == namespace),
        );
        let offers = of_namespace.filter_map(|(_, at)| self.offers.get(*at));
        offers.filter(|offer| offer.is_offered && offer.namespace.is_some())
    }

    /// The next tool of the request stands here in the client's body.
    pub(crate) fn place(&mut self, path: Path<'_>) {
        self.places.push(path.to_string());
    }

    /// Only some tools of the request are left: those of whose numbers this is true.
    pub(crate) fn keep(&mut self, is_kept: impl Fn(usize) -> bool) {
        let mut at = 0..;
        self.places.retain(|_| at.next().is_some_and(&is_kept));
    }

    /// A path in the request as the client would spell it: its tools may be fewer, or within others.
    pub(crate) fn path<'p>(&self, path: &'p str) -> Cow<'p, str> {
        let tool = path.strip_prefix("tools[");
        let place = tool.and_then(|tool| {
            let (number, rest) = tool.split_once(']')?;
            Some((self.places.get(number.parse::<usize>().ok()?)?, rest))
        });
        match place {
            Some((place, rest)) => Cow::Owned([place, rest].concat()),
            None => Cow::Borrowed(path),
        }
    }

    /// Where the tool is in the table; it is entered where it is not there.
    fn enter(&mut self, kind: Kind, namespace: Option<&str>, name: &str) -> usize {
        let key = key(kind, namespace, name);
        if let Some(at) = self.keys.get(&key) {
            return *at;
        }
        let at = self.offers.len();
        let sent = self.free_name(namespace, name);
        self.keys.insert(key, at);
        self.keys.insert(Key::Sent(sent.clone()), at);
        if namespace.is_some() {
            let bare = self.keys.entry(Key::Bare(name.into()));
            bare.and_modify(|at| *at = AMBIGUOUS).or_insert(at);
        }
        self.offers.push(Offer {
            sent,
            kind,
            namespace: namespace.map(Into::into),
            name: name.into(),
            is_offered: false,
        });
        at
    }

    /// A name that no tool has yet.
    fn free_name(&mut self, namespace: Option<&str>, name: &str) -> String {
        let is_free = |name: &String| !self.keys.contains_key(&Key::Sent(name.clone()));
        let space = namespace.unwrap_or_default();
        let joint = if space.is_empty() || space.ends_with('_') {
            ""
        } else {
            "__"
        };
        let joined = [space, joint, name].concat();
        // The client's own name is made legal where every name is.
        let is_legal = namespace.is_none() || tool_name(&joined) == joined;
        if is_legal && is_free(&joined) {
            return joined;
        }
        // A slash is in no legal name: what stands for this text has a hash of it.
        let mut text = [space, "/", name].concat();
        let mut sent = tool_name(&text).into_owned();
        if is_free(&sent) {
            return sent;
        }
        // Those alike stay so with the same number behind them: what the last has tried is taken.
        let alike = Key::Alike(sent.clone());
        let mut number = self.keys.get(&alike).copied().unwrap_or(2);
        while !is_free(&sent) {
            text = [space, "/", name, "/", &number.to_string()].concat();
            sent = tool_name(&text).into_owned();
            number += 1;
        }
        self.keys.insert(alike, number);
        sent
    }
}

fn key(kind: Kind, namespace: Option<&str>, name: &str) -> Key {
    match kind {
        // One name is one tool, whatever it takes.
        Kind::Function | Kind::Custom => {
            Key::Named(namespace.unwrap_or_default().into(), name.into())
        }
        Kind::LocalShell | Kind::Shell | Kind::ApplyPatch | Kind::ToolSearch => Key::BuiltIn(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sent(offered: &mut Offered, namespace: &str, name: &str) -> String {
        let namespace = Some(namespace).filter(|space| !space.is_empty());
        offered.offer(Kind::Function, namespace, name).0
    }

    #[test]
    fn names_are_joined() {
        for (namespace, name, joined) in [
            ("", "search", "search"),
            ("mcp__docs", "search", "mcp__docs__search"),
            ("mcp__docs__", "search", "mcp__docs__search"),
            ("crm_", "find", "crm_find"),
            // What has no namespace stays as the client wrote it.
            ("", "a.b", "a.b"),
        ] {
            assert_eq!(sent(&mut Offered::default(), namespace, name), joined);
        }
    }

    #[test]
    fn names_that_collide_are_told_apart_and_stay_so() {
        let mut offered = Offered::default();
        let tools = [("", "a__b__c"), ("a", "b__c"), ("a__b", "c")];
        let names = tools.map(|(namespace, name)| sent(&mut offered, namespace, name));
        assert_eq!(names[0], "a__b__c");
        assert!(names[1] != names[0] && names[2] != names[0] && names[2] != names[1]);
        for ((namespace, name), sent) in tools.into_iter().zip(&names) {
            let namespace = Some(namespace).filter(|space| !space.is_empty());
            assert_eq!(offered.called(Kind::Function, namespace, name), *sent);
            let offer = offered.stands_for(sent).expect("an offer");
            assert_eq!(
                (offer.namespace.as_deref(), &*offer.name),
                (namespace, name)
            );
        }
        // Whose hash somebody else has as a name.
        let taken = tool_name("a/b__c").into_owned();
        let mut offered = Offered::default();
        for name in ["a__b__c", &taken] {
            sent(&mut offered, "", name);
        }
        let other = sent(&mut offered, "a", "b__c");
        assert!(other != taken && other != "a__b__c", "{other}");
    }

    #[test]
    fn a_tool_is_found_by_the_names_that_clients_use_for_it() {
        let mut offered = Offered::default();
        for (namespace, name) in [
            ("", "run"),
            ("docs", "search"),
            ("web", "search"),
            ("docs", "get"),
        ] {
            sent(&mut offered, namespace, name);
        }
        let find = |namespace, name| {
            let offer = offered.find(Kind::Function, namespace, name);
            offer.map(|offer| offer.sent.as_str())
        };
        assert_eq!(find(None, "run"), Some("run"));
        assert_eq!(find(Some("web"), "search"), Some("web__search"));
        assert_eq!(find(None, "web__search"), Some("web__search"));
        assert_eq!(find(None, "get"), Some("docs__get"));
        assert_eq!(find(None, "search"), None, "two have this name");
        assert_eq!(find(Some("web"), "get"), None);
    }

    #[test]
    fn what_openai_defines_is_not_a_function_of_that_name() {
        let mut alone = Offered::default();
        let of_server = sent(&mut alone, "mcp", "shell");
        assert_ne!(alone.called(Kind::Shell, None, "shell"), of_server);
        let mut offered = Offered::default();
        let function = sent(&mut offered, "", "shell");
        let (shell, is_new) = offered.offer(Kind::Shell, None, "shell");
        assert!(is_new && shell != function);
        assert_eq!(offered.called(Kind::Function, None, "shell"), function);
        assert_eq!(offered.called(Kind::Shell, None, "shell"), shell);
    }

    #[test]
    fn what_the_history_called_is_offered_later_by_the_same_name() {
        let mut offered = Offered::default();
        let called = offered.called(Kind::Function, Some("docs"), "search");
        assert_eq!(
            offered.offer(Kind::Custom, Some("docs"), "search"),
            (called.clone(), true)
        );
        assert_eq!(
            offered.offer(Kind::Custom, Some("docs"), "search"),
            (called.clone(), false)
        );
        assert_eq!(
            offered.stands_for(&called).map(|offer| offer.kind),
            Some(Kind::Custom)
        );
    }

    #[test]
    fn a_path_is_spelt_as_the_client_wrote_its_tools() {
        let mut offered = Offered::default();
        let tools = Path::Root.member("tools");
        let (first, space) = (tools.element(1), tools.element(2));
        let inner = space.member("tools");
        for place in [first, inner.element(0), inner.element(1)] {
            offered.place(place);
        }
        assert_eq!(offered.path("tools[0].strict"), "tools[1].strict");
        assert_eq!(
            offered.path("tools[2].input_schema.type"),
            "tools[2].tools[1].input_schema.type"
        );
        for other in ["tools[3].name", "tools", "tools[x]", "messages[0]"] {
            assert_eq!(offered.path(other), other);
        }
        offered.keep(|at| at != 1);
        assert_eq!(offered.path("tools[1]"), "tools[2].tools[1]");
    }

    proptest! {
        #[test]
        fn joined_names_are_legal_and_tell_all_tools_apart(
            tools in proptest::collection::vec(("[a-b_.é]{0,3}|x{60}", "[a-b_/é]{1,3}|y{60}"), 1..12)
        ) {
            let mut offered = Offered::default();
            for (namespace, name) in &tools {
                sent(&mut offered, namespace, name);
            }
            let whole = offered.clone();
            for (namespace, name) in &tools {
                let sent = sent(&mut offered, namespace, name);
                prop_assert!(namespace.is_empty() || tool_name(&sent) == sent);
                let offer = offered.stands_for(&sent).expect("an offer");
                prop_assert_eq!((offer.namespace.as_deref().unwrap_or(""), &offer.name), (&**namespace, name));
            }
            prop_assert_eq!(offered, whole, "nothing new was entered");
        }
    }
}
