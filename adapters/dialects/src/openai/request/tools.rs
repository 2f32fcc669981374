//! `tools`, `tool_choice` and `parallel_tool_calls`, and their deprecated kin `functions` and `function_call`.

use bedrock_provider::warnings::Code;

use crate::canonical::{Error, Request};
use crate::fields::Fields;
use crate::notes::Notes;
use crate::openai::tools::Api;
use crate::openai::tools::choice::Choice;
use crate::openai::tools::list::List;
use crate::openai::tools::offered::Offered;

/// All that is said of tools.
pub(super) fn read(
    root: &mut Fields<'_, '_>,
    request: &mut Request,
    notes: &mut Notes,
) -> Result<Offered, Error> {
    let mut offered = Offered::default();
    let mut dropped = Vec::new();
    let mut list = List {
        request,
        offered: &mut offered,
        api: Api::Chat,
        dropped: &mut dropped,
        is_own: true,
    };
    list.read(root, notes)?;
    list.functions(root, notes)?;
    if root.raw("functions").is_some() {
        const REPLACED: &str =
            "deprecated; replaced by `tools`: calls are returned in `tool_calls`";
        const REFUSED: &str = "deprecated: use `tools`";
        let here = root.path();
        notes.lost_or(Code::Replaced, here.member("functions"), REPLACED, REFUSED)?;
    }
    let old = root.raw("function_call").is_some();
    let name = match root.raw("tool_choice").is_none() && old {
        true => "function_call",
        false => "tool_choice",
    };
    let choice = Choice {
        request,
        offered: &mut offered,
        api: Api::Chat,
        dropped,
    };
    choice.read(root, name, notes)?;
    Ok(offered)
}
