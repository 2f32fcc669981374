//! The folders that the host lets this component into.

use super::wasi::bindings::filesystem::preopens::get_directories;
use super::wasi::bindings::filesystem::types::Descriptor;

/// The folder that holds `path`, and the rest of the path below it.
pub(super) fn holding(path: &str) -> Option<(Descriptor, &str)> {
    // The innermost, as an inner folder may hide a part of an outer one.
    get_directories()
        .into_iter()
        .filter_map(|(folder, name)| Some((folder, within(path, &name)?)))
        .min_by_key(|(_, rest)| rest.len())
}

/// What of `path` is below the folder `name`.
fn within<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(name.trim_end_matches('/'))?;
    let rest = rest.strip_prefix('/')?.trim_start_matches('/');
    Some(rest).filter(|rest| !rest.is_empty())
}
