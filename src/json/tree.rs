//! JSON as a tree, for what must be seen as a whole before a part of it is written: a JSON Schema, whose references point
//! anywhere into it.
//!
//! Read in one pass, and each value still knows the text that it was. Names are found in logarithmic time, so that no
//! number of references makes the work grow faster than the text.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::cmp::Ordering;

use super::{Error, Kind, Text, kind, scan};

/// A value, and what is in it.
#[derive(Debug)]
pub struct Node<'a> {
    /// The text that it was.
    pub raw: &'a str,
    inner: Inner<'a>,
}

#[derive(Debug)]
pub(super) enum Inner<'a> {
    Value,
    Array(usize, Vec<Node<'a>>),
    Object(Box<Members<'a>>),
}

/// The members of an object, in the order in which they were written.
#[derive(Debug)]
pub struct Members<'a> {
    number: usize,
    /// Names and values.
    pub list: Vec<Member<'a>>,
    order: Order,
}

/// A name and its value.
pub type Member<'a> = (Cow<'a, str>, Node<'a>);

/// So many members are looked through one by one.
const FEW: usize = 16;

impl<'a> Node<'a> {
    /// Read a text whose value is an object.
    pub fn object(json: &'a str) -> Result<Self, Error> {
        match kind(json) {
            Kind::Object => Ok(scan::tree(json)?),
            seen => Err(Error::Mistyped {
                member: String::new(),
                expected: "a JSON object",
                seen: seen.words(),
            }),
        }
    }

    /// Read any text.
    pub fn of(json: &'a str) -> Result<Self, Error> {
        Ok(scan::tree(json)?)
    }

    pub(super) fn new(raw: &'a str, inner: Inner<'a>) -> Self {
        Node { raw, inner }
    }

    /// Its members, where it is an object.
    pub fn members(&self) -> Option<&Members<'a>> {
        match &self.inner {
            Inner::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Its elements, where it is an array.
    pub fn elements(&self) -> Option<&[Node<'a>]> {
        match &self.inner {
            Inner::Array(_, elements) => Some(elements),
            _ => None,
        }
    }

    /// How many objects and arrays of the text begin before it, where it is one of them.
    pub fn number(&self) -> Option<usize> {
        match &self.inner {
            Inner::Object(members) => Some(members.number),
            Inner::Array(number, _) => Some(*number),
            Inner::Value => None,
        }
    }

    /// Whether it is this text.
    pub fn is_text(&self, text: &str) -> bool {
        Text::of_literal(self.raw).is_some_and(|own| own == *text)
    }

    /// Its text, where it is one.
    pub fn text(&self) -> Option<Cow<'a, str>> {
        Text::of_literal(self.raw).map(Text::into_cow)
    }
}

impl<'a> Members<'a> {
    pub(super) fn new(number: usize, list: Vec<Member<'a>>) -> Self {
        Members {
            number,
            list,
            order: Order::default(),
        }
    }

    /// The member of this name; the last of several.
    pub fn get(&self, name: &str) -> Option<&Node<'a>> {
        let count = self.list.len();
        // The last is the first from behind.
        let from_behind = |at: usize| self.list.get(count.checked_sub(at + 1)?);
        let name_at = |at: usize| from_behind(at).map(|(name, _)| &**name);
        let at = self.order.first(count, &name_at, name)?;
        from_behind(at).map(|(_, node)| node)
    }
}

/// Finds things of a list by their names: in logarithmic time where they are many.
#[derive(Debug, Clone, Default)]
pub struct Order(
    /// Their positions in the order of their names, once they are asked for.
    OnceCell<Vec<usize>>,
);

/// It follows from the list.
impl PartialEq for Order {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Order {
    /// Where the first of this name is among `count` things, the same in each call; `name_at` is the name of each.
    pub fn first<'n>(
        &self,
        count: usize,
        name_at: &dyn Fn(usize) -> Option<&'n str>,
        name: &str,
    ) -> Option<usize> {
        let has_name = |at: &usize| name_at(*at) == Some(name);
        if count <= FEW {
            return (0..count).find(has_name);
        }
        let compare = |one, other| name_at(one).cmp(&name_at(other));
        let order = self.0.get_or_init(|| sorted(count, &compare));
        let at = order.partition_point(|at| name_at(*at) < Some(name));
        order.get(at).copied().filter(has_name)
    }
}

/// The positions 0, 1, 2, … of `count` things in their order; those that are equal stay as they were.
///
/// A heap sort, since the standard library's sorts are thirty times its size.
pub fn sorted(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(count);
    order.extend(0..count);
    for top in (0..count / 2).rev() {
        sift(&mut order, top, compare);
    }
    let mut heap = order.as_mut_slice();
    while let [first, .., last] = heap {
        std::mem::swap(first, last);
        let Some((_, rest)) = heap.split_last_mut() else {
            break;
        };
        heap = rest;
        sift(heap, 0, compare);
    }
    order
}

/// Let what is at `top` sink until nothing below it comes after it.
fn sift(heap: &mut [usize], mut top: usize, compare: &dyn Fn(usize, usize) -> Ordering) {
    let is_before =
        |heap: &[usize], one: usize, other: usize| match (heap.get(one), heap.get(other)) {
            (Some(one), Some(other)) => compare(*one, *other).then(one.cmp(other)).is_lt(),
            _ => false,
        };
    loop {
        let mut below = top * 2 + 1;
        below += usize::from(is_before(heap, below, below + 1));
        if !is_before(heap, top, below) {
            return;
        }
        heap.swap(top, below);
        top = below;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    /// The tree as serde_json has it.
    fn value(node: &Node<'_>) -> Value {
        if let Some(members) = node.members() {
            let members = members.list.iter();
            return members
                .map(|(name, node)| (name.to_string(), value(node)))
                .collect();
        }
        match (node.elements(), node.text()) {
            (Some(elements), _) => elements.iter().map(value).collect(),
            (_, Some(text)) => text.into(),
            _ => serde_json::from_str(node.raw).expect("JSON"),
        }
    }

    #[test]
    fn a_tree_holds_what_was_written() {
        let json = r#" {"a":[1,{"\u0062":null},"x\n"], "c" : {} ,"d":-1.50e3} "#;
        let tree = Node::object(json).expect("an object");
        assert_eq!(tree.raw, json.trim());
        assert_eq!(
            value(&tree),
            serde_json::from_str::<Value>(json).expect("JSON")
        );
        let a = tree.members().and_then(|members| members.get("a"));
        assert_eq!(a.map(|a| a.raw), Some(r#"[1,{"\u0062":null},"x\n"]"#));
        for broken in ["", "[]", "1", r#"{"a":}"#, r#"{"a":[1,]}"#, "{} {}"] {
            assert!(Node::object(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn it_is_as_deep_as_any_json_that_is_read() {
        let nested = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
        assert!(Node::object(&nested(127)).is_ok());
        assert!(Node::object(&nested(128)).is_err());
        assert!(Node::object(&nested(100_000)).is_err());
    }

    proptest! {
        #[test]
        fn positions_are_in_order(things in proptest::collection::vec(0..9_u8, 0..40)) {
            let mut expected: Vec<usize> = (0..things.len()).collect();
            expected.sort_by_key(|at| things[*at]);
            let order = sorted(things.len(), &|one, other| things[one].cmp(&things[other]));
            prop_assert_eq!(order, expected);
        }

        #[test]
        fn a_member_is_found_by_its_name_and_the_last_of_several(
            names in proptest::collection::vec("[a-e\\n]{0,2}", 0..40),
        ) {
            let members: Vec<_> = names
                .iter()
                .enumerate()
                .map(|(at, name)| format!("{}:{at}", serde_json::to_string(name).expect("JSON")))
                .collect();
            let json = format!("{{{}}}", members.join(","));
            let tree = Node::object(&json).expect("an object");
            let members = tree.members().expect("an object");
            for name in names.iter().map(String::as_str).chain(["zz", "bbb"]) {
                let last = names.iter().rposition(|known| known == name);
                let found = members.get(name).map(|node| node.raw.to_owned());
                prop_assert_eq!(found, last.map(|at| at.to_string()));
            }
        }
    }
}
