//! Images in answers.

use crate::canonical::{ContentBlock, ImageBlock, Raw, Source};
use crate::json::{Error, Object};

/// `format` is Converse's word, such as `png`.
pub(crate) fn block(format: &str, data: Vec<u8>) -> ContentBlock {
    let source = Source::Bytes(Raw {
        media_type: format!("image/{format}"),
        data,
    });
    ContentBlock::Image(ImageBlock {
        source,
        cache_control: None,
    })
}

/// Why there is no image, for a warning; `error` is Converse's, in place of the image.
pub(crate) fn not_made(error: &Object<'_>) -> Result<String, Error> {
    let message = error.string("message")?.unwrap_or_default();
    Ok(format!("the model generated no image: {message}"))
}
