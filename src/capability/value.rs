//! The kinds of values that the table has, each with its JSON form.

use std::borrow::Cow;

use super::{Words, text};
use crate::json::{Writer, elements};

/// A value of the table.
pub(super) trait Value: Sized {
    /// Its JSON form as a value; none where it is of another kind.
    fn read(raw: &str) -> Option<Self>;
    /// Its JSON form.
    #[cfg_attr(not(any(component, test)), allow(dead_code, reason = "for the shell"))]
    fn write(&self, writer: &mut Writer);
}

impl Value for bool {
    fn read(raw: &str) -> Option<Self> {
        raw.parse().ok()
    }

    fn write(&self, writer: &mut Writer) {
        writer.flag(*self);
    }
}

impl Value for u32 {
    fn read(raw: &str) -> Option<Self> {
        raw.parse().ok()
    }

    fn write(&self, writer: &mut Writer) {
        writer.number(u64::from(*self));
    }
}

impl Value for Cow<'static, str> {
    fn read(raw: &str) -> Option<Self> {
        text(raw).map(Cow::Owned)
    }

    fn write(&self, writer: &mut Writer) {
        writer.text(self);
    }
}

impl Value for Words {
    fn read(raw: &str) -> Option<Self> {
        let words = elements(raw).ok()?.into_iter();
        words
            .map(Value::read)
            .collect::<Option<_>>()
            .map(Cow::Owned)
    }

    fn write(&self, writer: &mut Writer) {
        writer.array(|w| self.iter().for_each(|word| w.text(word)));
    }
}

/// An enumeration whose values are words in JSON.
macro_rules! words {
    (
        $(#[$about:meta])*
        pub(crate) enum $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(clippy::enum_variant_names, reason = "the words are others'")]
        pub(crate) enum $name { $($(#[$doc])* $variant,)* }

        impl Default for $name {
            fn default() -> Self {
                [$($name::$variant,)*][0]
            }
        }

        impl Value for $name {
            fn read(raw: &str) -> Option<Self> {
                match text(raw)?.as_str() {
                    $($word => Some($name::$variant),)*
                    _ => None,
                }
            }

            fn write(&self, writer: &mut Writer) {
                writer.text(match self { $($name::$variant => $word,)* });
            }
        }
    };
}

/// The table's columns: a struct of values, and each of them by its name.
macro_rules! capabilities {
    (
        $(#[$about:meta])*
        pub(crate) struct $name:ident { $($(#[$doc:meta])* $field:ident: $kind:ty,)* }
    ) => {
        $(#[$about])*
        pub(crate) struct $name { $($(#[$doc])* pub $field: $kind,)* }

        impl $name {
            /// Set one value by its name and JSON form; false where either is not known.
            pub(crate) fn set(&mut self, name: &str, raw: &str) -> bool {
                match name {
                    $(stringify!($field) => Value::read(raw).map(|value| self.$field = value).is_some(),)*
                    _ => false,
                }
            }

            /// Every value, as members of the object that `writer` is in.
            fn write(&self, writer: &mut Writer) {
                $(self.$field.write(writer.name(stringify!($field)));)*
            }
        }
    };
}

pub(super) use {capabilities, words};
