//! Content that cannot be sent: an error that names it, or a text in its place.
//!
//! A model that is shown half a question answers another one, so that what a person or a tool said is refused where it
//! cannot be sent. An operator may allow a text in its place, for conversations that outlive a change of model
//! (`context.extensions.bedrock.unsupportedContent`); of what a model itself said before, a text is always enough.

use std::borrow::Cow;

use super::body::Block;
use super::format::Kind;
use crate::canonical::{Error, ErrorKind};
use crate::target::Target;
use crate::warnings::{Code, Warnings};

/// The block; where it is not supported and may be replaced, a text that says what stood there, with a lossy warning.
/// `what` is a word such as `image`.
pub(crate) fn or_text<'a>(
    block: Result<Block<'a>, Error>,
    what: &str,
    may_replace: bool,
    notes: &mut Warnings,
) -> Result<Block<'a>, Error> {
    match block {
        Err(error) if may_replace && error.kind == ErrorKind::Unsupported => {
            let path = error.path.clone().unwrap_or_default();
            let message = ["replaced by a text: ", &error.message].concat();
            // `strict` refuses it as it would be refused otherwise.
            notes
                .lost(Code::Replaced, path, message)
                .map_err(|_| error)?;
            let text = ["[", what, " omitted: not supported by this model]"].concat();
            Ok(Block::Text(Cow::Owned(text)))
        }
        block => block,
    }
}

/// The model does not take content of this kind.
pub(crate) fn kind(kind: Kind, target: &Target, path: &str) -> Error {
    let kind = kind.name();
    let message = match target.family {
        "unknown" => format!(
            "{kind} input is not supported for unknown models: set `baseModel` or `capabilities` in extensions.bedrock, remove it, or use another model"
        ),
        family => {
            format!(
                "{kind} input is not supported by this {family} model: remove it, or use another model"
            )
        }
    };
    Error::unsupported(path, message)
}
