//! What the request renamed or wrapped, to be undone in its answer, and where it went, to be told in it.
//!
//! Converse takes fewer names of tools and properties than Anthropic, some models give JSON only as the input of a tool, and some call
//! tools only where they do not stream. The request is made to fit; the answer then reads as if it had not been.

use std::sync::Arc;

use super::schema::renamed::Renamed;
use crate::canonical::Citation;
use crate::json::{self, Object, Order, Writer};

/// What to undo.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Restore {
    /// Tool names as they were sent, and as the caller knows them.
    pub names: Vec<(String, String)>,
    /// Document names as they were sent, and the titles that the caller gave.
    pub documents: Vec<(String, String)>,
    /// Tools whose properties were sent under other names.
    pub renamed: Vec<Renamed>,
    /// The tool, by the name that was sent, whose input is the answer's text: the caller asked for JSON, not for a call.
    pub output_tool: Option<String>,
    /// JSON was asked for in words: a fence around it is none of it.
    pub in_words: bool,
    /// The caller asked for a stream, and gets one made of a whole answer.
    pub replay: bool,
    /// The region that was called.
    pub region: String,
    /// The id that was called there: the request's, a profile's, or a fallback's.
    pub callee: String,
    /// The orders of `names`, `documents` and `renamed`, to find things in them by.
    pub orders: [Order; 3],
}

impl Restore {
    /// The caller's name of a tool.
    pub(crate) fn name(&self, sent: String) -> String {
        let [order, ..] = &self.orders;
        original(&self.names, order, sent)
    }

    /// The properties of a tool, by the name that was sent, that have other names; none where all have their own.
    pub(crate) fn renamed(&self, sent: &str) -> Option<&Renamed> {
        let [.., order] = &self.orders;
        Renamed::of_tool(&self.renamed, order, sent)
    }

    /// The citation with the caller's title of a document.
    pub(crate) fn citation(&self, mut citation: Citation) -> Citation {
        let title = match &mut citation {
            Citation::CharLocation(location) => &mut location.document_title,
            Citation::PageLocation(location) => &mut location.document_title,
            Citation::ContentBlockLocation(location) => &mut location.document_title,
            _ => return citation,
        };
        let [_, order, _] = &self.orders;
        *title = title
            .take()
            .map(|sent| original(&self.documents, order, sent));
        citation
    }

    /// As members of the object that `writer` is in.
    pub(crate) fn write(&self, writer: &mut Writer) {
        write_pairs(writer.name("names"), &self.names);
        write_pairs(writer.name("documents"), &self.documents);
        if !self.renamed.is_empty() {
            writer.name("properties").array(|w| {
                for renamed in &self.renamed {
                    w.object(|w| {
                        w.name("tool").text(&renamed.tool);
                        write_pairs(w.name("names"), &renamed.names);
                    });
                }
            });
        }
        if let Some(tool) = &self.output_tool {
            writer.name("outputTool").text(tool);
        }
        if self.in_words {
            writer.name("inWords").text("json");
        }
        if self.replay {
            writer.name("replay").text("whole");
        }
        writer.name("region").text(&self.region);
        writer.name("callee").text(&self.callee);
    }

    /// From the object that [`write`](Self::write) was in.
    pub(crate) fn read(wire: &Object<'_>) -> Result<Self, json::Error> {
        let renamed = |tool: &Object<'_>| -> Result<Renamed, json::Error> {
            Ok(Renamed {
                tool: tool.required("tool")?,
                names: Arc::new(read_pairs(tool, "names")?),
            })
        };
        Ok(Restore {
            names: read_pairs(wire, "names")?,
            documents: read_pairs(wire, "documents")?,
            renamed: wire
                .objects("properties")?
                .iter()
                .map(renamed)
                .collect::<Result<_, _>>()?,
            output_tool: wire.string("outputTool")?,
            in_words: wire.string("inWords")?.is_some(),
            replay: wire.string("replay")?.is_some(),
            region: wire.string("region")?.unwrap_or_default(),
            callee: wire.string("callee")?.unwrap_or_default(),
            ..Restore::default()
        })
    }
}

fn write_pairs(writer: &mut Writer, pairs: &[(String, String)]) {
    writer.array(|w| {
        for (sent, original) in pairs {
            w.object(|w| {
                w.name("sent").text(sent);
                w.name("original").text(original);
            });
        }
    });
}

fn read_pairs(wire: &Object<'_>, name: &str) -> Result<Vec<(String, String)>, json::Error> {
    let pair = |pair: &Object<'_>| Ok((pair.required("sent")?, pair.required("original")?));
    wire.objects(name)?.iter().map(pair).collect()
}

fn original(pairs: &[(String, String)], order: &Order, sent: String) -> String {
    let name_at = |at: usize| pairs.get(at).map(|(name, _)| name.as_str());
    let known = order.first(pairs.len(), &name_at, &sent);
    let known = known.and_then(|at| pairs.get(at));
    known.map_or(sent, |(_, original)| original.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::PageLocation;

    #[test]
    fn a_citation_names_the_document_as_the_caller_did() {
        let restore = Restore {
            documents: vec![("John s report".into(), "John's report.pdf".into())],
            ..Restore::default()
        };
        let page = |title: &str| {
            Citation::PageLocation(PageLocation {
                cited_text: "x".into(),
                document_index: 0,
                document_title: Some(title.into()),
                start_page_number: 1,
                end_page_number: 2,
            })
        };
        assert_eq!(
            restore.citation(page("John s report")),
            page("John's report.pdf")
        );
        assert_eq!(restore.citation(page("other")), page("other"));
    }

    #[test]
    fn it_survives_the_way_through_a_host() {
        let restore = Restore {
            names: vec![("a_b".into(), "a.b".into())],
            documents: vec![("a b".into(), "a\n\"b\"".into())],
            renamed: vec![Renamed {
                tool: "a_b".into(),
                names: vec![("_filter".into(), "$filter".into())].into(),
            }],
            output_tool: Some("structured_output".into()),
            in_words: true,
            replay: true,
            region: "eu-west-1".into(),
            callee: "eu.amazon.nova-lite-v1:0".into(),
            ..Restore::default()
        };
        for restore in [restore, Restore::default()] {
            let mut writer = Writer::default();
            writer.object(|w| restore.write(w));
            let json = writer.into_string();
            let wire = Object::parse(json.as_bytes()).expect("an object");
            assert_eq!(Restore::read(&wire), Ok(restore));
        }
    }
}
