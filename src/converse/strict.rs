//! Strict tools: those whose schema the model's decoding is constrained by.
//!
//! A schema that constrained decoding does not take is sent as that of any other tool, and so is one tool more than the
//! service compiles.

use super::schema::{self, Fitted, Misfit};
use crate::canonical::{Error, Tool};
use crate::target::Target;
use crate::warnings::{Code, Warnings};

/// The tools that the model is held to.
#[derive(Debug, Default)]
pub(crate) struct Strict {
    count: u32,
    /// Those that would be more than the service takes.
    beyond: u32,
}

impl Strict {
    /// A tool's schema, and whether the model is held to it.
    pub(crate) fn fit<'a>(
        &mut self,
        tool: &'a Tool,
        path: &str,
        target: &Target,
        notes: &mut Warnings,
    ) -> Result<(Fitted<'a>, bool), Error> {
        let fit = |is_strict| schema::fit(&tool.input_schema, &schema::of_tool(target, is_strict));
        let at_schema = |misfit: Misfit| misfit.into_error(&[path, ".input_schema"].concat());
        let max = target.capabilities.max_strict_tools;
        let why = match tool.strict {
            Some(true) if !target.capabilities.strict_tools => {
                Some("not supported by this model; ignored".to_owned())
            }
            Some(true) if max != 0 && self.count >= max => {
                self.beyond += 1;
                None
            }
            Some(true) => match fit(true) {
                Ok(schema) => {
                    self.count += 1;
                    return Ok((schema, true));
                }
                Err(Misfit::Refused(what)) => {
                    Some(["not supported with ", what, "; ignored"].concat())
                }
                Err(misfit) => return Err(at_schema(misfit)),
            },
            _ => None,
        };
        if let Some(why) = why {
            notes.lost(Code::Ignored, [path, ".strict"].concat(), why)?;
        }
        Ok((fit(false).map_err(at_schema)?, false))
    }

    /// Tell of those beyond the limit.
    pub(crate) fn tell(&self, target: &Target, notes: &mut Warnings) -> Result<(), Error> {
        if self.beyond == 0 {
            return Ok(());
        }
        let max = target.capabilities.max_strict_tools;
        let all = self.count + self.beyond;
        let beyond = self.beyond;
        notes.lost(
            Code::Ignored,
            "tools",
            format!(
                "at most {max} strict tools are supported, got {all}; `strict` of {beyond} ignored"
            ),
        )
    }
}
