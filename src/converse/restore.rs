//! What the request renamed or wrapped, to be undone in its answer.
//!
//! Converse takes fewer tool names than Anthropic, some models give JSON only as the input of a tool, and some call
//! tools only where they do not stream. The request is made to fit; the answer then reads as if it had not been.

use crate::json::{self, Object, Writer};

/// What to undo.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Restore {
    /// Tool names as they were sent, and as the caller knows them.
    pub names: Vec<(String, String)>,
    /// The tool, by the name that was sent, whose input is the answer's text: the caller asked for JSON, not for a call.
    pub output_tool: Option<String>,
    /// The caller asked for a stream, and gets one made of a whole answer.
    pub replay: bool,
}

impl Restore {
    /// The caller's name of a tool.
    pub(crate) fn name(&self, sent: String) -> String {
        let known = self.names.iter().find(|(name, _)| *name == sent);
        known.map_or(sent, |(_, original)| original.clone())
    }

    /// As members of the object that `writer` is in.
    pub(crate) fn write(&self, writer: &mut Writer) {
        if !self.names.is_empty() {
            writer.name("names").array(|w| {
                for (sent, original) in &self.names {
                    w.object(|w| {
                        w.name("sent").text(sent);
                        w.name("original").text(original);
                    });
                }
            });
        }
        if let Some(tool) = &self.output_tool {
            writer.name("outputTool").text(tool);
        }
        if self.replay {
            writer.name("replay").text("whole");
        }
    }

    /// From the object that [`write`](Self::write) was in.
    pub(crate) fn read(wire: &Object<'_>) -> Result<Self, json::Error> {
        let mut names = Vec::new();
        for name in wire.objects("names")? {
            names.push((name.required("sent")?, name.required("original")?));
        }
        Ok(Restore {
            names,
            output_tool: wire.string("outputTool")?,
            replay: wire.string("replay")?.is_some(),
        })
    }
}
