//! Images in answers.

use crate::canonical::{ContentBlock, ImageBlock, Raw, Source};

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
