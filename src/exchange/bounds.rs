//! How many elements the lists of a request may have: more than any legal request has, so that what is refused here is an
//! attack or a mistake, and its translation would take memory and time for nothing.
//!
//! | list | most | source |
//! |---|---|---|
//! | messages | 100,000 | Anthropic's own limit (<https://docs.anthropic.com/en/api/messages>) |
//! | content, in all messages and tool results | 100,000 | a block is at least five tokens or so, and the longest contexts hold a million |
//! | images, documents, video, audio, search results, likewise | 10,000 | Converse takes 20 images and 5 documents, Anthropic 600 images |
//! | citations, in all | 100,000 | as content |
//! | texts of documents and search results that are given in blocks, in all | 100,000 | as content |
//! | tools | 10,000 | a tool is at least some twenty tokens |
//! | system, stop sequences, betas, metadata | 10,000 | Converse takes 2,500 stop sequences and 16 entries of metadata |
//!
//! What is within these bounds and still too much for a service is for the service to refuse.

use crate::canonical::{ContentBlock, Error, Request, Source, ToolResultContent};

/// # Errors
/// `invalid-request` for the first list that is too long.
pub(super) fn check(request: &Request) -> Result<(), Error> {
    let mut content = Content::default();
    for message in &request.messages {
        message.content.iter().for_each(|block| content.add(block));
    }
    for (path, most, count) in [
        ("messages", 100_000, request.messages.len()),
        ("tools", 10_000, request.tools.len()),
        ("system", 10_000, request.system.len()),
        ("stop_sequences", 10_000, request.stop_sequences.len()),
        ("betas", 10_000, request.betas.len()),
        ("metadata", 10_000, request.metadata.len()),
        ("messages[].content", 100_000, content.blocks),
        ("messages[].content[].source", 10_000, content.media),
        ("messages[].content[].citations", 100_000, content.citations),
        (
            "messages[].content[].source.content",
            100_000,
            content.texts,
        ),
    ] {
        if count > most {
            let message = format!("expected at most {most} elements, got {count}: send fewer");
            return Err(Error::invalid(path, message));
        }
    }
    Ok(())
}

/// How many there are in all messages.
#[derive(Default)]
struct Content {
    blocks: usize,
    media: usize,
    citations: usize,
    texts: usize,
}

impl Content {
    fn add(&mut self, block: &ContentBlock) {
        self.blocks += 1;
        match block {
            ContentBlock::Text(text) => self.citations += text.citations.len(),
            ContentBlock::Image(_) | ContentBlock::Video(_) | ContentBlock::Audio(_) => {
                self.media += 1;
            }
            ContentBlock::Document(document) => self.document(&document.source),
            ContentBlock::SearchResult(result) => self.texts(result.content.len()),
            ContentBlock::ToolResult(result) => {
                self.blocks += result.content.len();
                for content in &result.content {
                    match content {
                        ToolResultContent::Image(_) | ToolResultContent::Video(_) => {
                            self.media += 1;
                        }
                        ToolResultContent::Document(document) => self.document(&document.source),
                        ToolResultContent::SearchResult(result) => self.texts(result.content.len()),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn document(&mut self, source: &Source) {
        self.texts(match source {
            Source::Blocks(texts) => texts.len(),
            _ => 0,
        });
    }

    /// A medium of so many texts.
    fn texts(&mut self, texts: usize) {
        self.media += 1;
        self.texts += texts;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::{
        Citation, DocumentBlock, Message, PlainText, Role, SearchResultBlock, TextBlock, Tool,
        ToolResultBlock,
    };

    fn plain() -> PlainText {
        PlainText {
            text: "x".into(),
            cache_control: None,
        }
    }

    fn text(citations: usize) -> ContentBlock {
        ContentBlock::Text(TextBlock {
            text: "x".into(),
            citations: vec![Citation::Other("{}".into()); citations],
            cache_control: None,
        })
    }

    fn document(texts: usize) -> DocumentBlock {
        DocumentBlock {
            source: Source::Blocks(vec!["x".into(); texts]),
            title: None,
            context: None,
            citations: false,
            cache_control: None,
        }
    }

    fn result(content: Vec<ToolResultContent>) -> ContentBlock {
        ContentBlock::ToolResult(ToolResultBlock {
            tool_use_id: "x".into(),
            content,
            is_error: false,
            cache_control: None,
        })
    }

    fn say(request: &mut Request, content: Vec<ContentBlock>) {
        let role = Role::User;
        request.messages.push(Message { role, content });
    }

    #[test]
    fn a_list_that_no_legal_request_has_is_refused_by_its_name_limit_and_length() {
        type Fill = fn(&mut Request, usize);
        let table: &[(&str, usize, Fill)] = &[
            ("messages", 100_000, |r, n| {
                (0..n).for_each(|_| say(r, Vec::new()))
            }),
            ("tools", 10_000, |r, n| {
                let tool = Tool {
                    name: "x".into(),
                    description: None,
                    input_schema: "{}".into(),
                    strict: None,
                    server_type: None,
                    cache_control: None,
                };
                r.tools = vec![tool; n];
            }),
            ("system", 10_000, |r, n| r.system = vec![plain(); n]),
            ("stop_sequences", 10_000, |r, n| {
                r.stop_sequences = vec!["x".into(); n]
            }),
            ("betas", 10_000, |r, n| r.betas = vec!["x".into(); n]),
            ("metadata", 10_000, |r, n| {
                r.metadata = vec![("x".into(), "x".into()); n];
            }),
            ("messages[].content", 100_000, |r, n| {
                say(r, vec![text(0); n])
            }),
            // The result itself is one of them.
            ("messages[].content", 100_000, |r, n| {
                say(
                    r,
                    vec![result(vec![ToolResultContent::Text(plain()); n - 1])],
                );
            }),
            ("messages[].content[].source", 10_000, |r, n| {
                say(r, vec![ContentBlock::Document(document(0)); n]);
            }),
            ("messages[].content[].source", 10_000, |r, n| {
                say(
                    r,
                    vec![result(vec![ToolResultContent::Document(document(0)); n])],
                );
            }),
            ("messages[].content[].citations", 100_000, |r, n| {
                say(r, vec![text(n)])
            }),
            ("messages[].content[].source.content", 100_000, |r, n| {
                say(r, vec![ContentBlock::Document(document(n))]);
            }),
            ("messages[].content[].source.content", 100_000, |r, n| {
                let found = SearchResultBlock {
                    source: "x".into(),
                    title: "x".into(),
                    content: vec!["x".into(); n],
                    citations: false,
                    cache_control: None,
                };
                say(
                    r,
                    vec![result(vec![ToolResultContent::SearchResult(found)])],
                );
            }),
        ];
        for (path, most, fill) in table {
            let with = |count: usize| {
                let mut request = Request::to("bedrock/amazon.nova-lite-v1:0");
                fill(&mut request, count);
                check(&request)
            };
            assert_eq!(with(*most), Ok(()), "{path}");
            let error = with(most + 1).expect_err(path);
            assert_eq!(error.path.as_deref(), Some(*path));
            let told = format!("at most {most} elements, got {}", most + 1);
            assert!(error.message.contains(&told), "{}", error.message);
        }
    }
}
