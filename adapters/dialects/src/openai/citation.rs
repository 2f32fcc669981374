//! Citations of pages → `annotations` of type `url_citation`, which point into the whole text of the message.
//!
//! OpenAI's word covers a passage with an address; citations of documents have none and are told as a loss.

use bedrock_provider::json::Writer;

use crate::canonical::Citation;

/// A page that a passage of the answer is from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Annotation {
    /// Characters of the message before the passage.
    pub start: usize,
    /// Characters of the message up to its end.
    pub end: usize,
    /// The page's address.
    pub url: String,
    /// The address again where the page has no title.
    pub title: String,
}

impl Annotation {
    /// Of a passage; none where the citation has no address.
    pub(crate) fn of(citation: &Citation, start: usize, end: usize) -> Option<Self> {
        let (url, title) = match citation {
            Citation::WebSearchResultLocation(page) => (&page.url, &page.title),
            Citation::SearchResultLocation(found) if found.source.starts_with("http") => {
                (&found.source, &found.title)
            }
            _ => return None,
        };
        Some(Annotation {
            start,
            end,
            url: url.clone(),
            title: title.as_ref().unwrap_or(url).clone(),
        })
    }

    /// All but the type.
    pub(crate) fn members(&self, w: &mut Writer) {
        w.name("start_index").number(self.start as u64);
        w.name("end_index").number(self.end as u64);
        w.name("url").text(&self.url);
        w.name("title").text(&self.title);
    }
}

/// The member, where there are some.
pub(super) fn write(annotations: &[Annotation], w: &mut Writer) {
    if annotations.is_empty() {
        return;
    }
    w.name("annotations").array(|w| {
        for annotation in annotations {
            w.object(|w| {
                w.name("type").text("url_citation");
                w.name("url_citation").object(|w| annotation.members(w));
            });
        }
    });
}
