//! Reading the few files that hold credentials, in the folders that the host lets this component into.

use zeroize::Zeroizing;

use crate::credentials::chain::{Answer, MAX_FILE};
use crate::world::wasi::filesystem::preopens::get_directories;
use crate::world::wasi::filesystem::types::{
    Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags,
};

/// The file at `path`; one that no folder of the host's would hold is not there.
pub(super) fn read(path: &str) -> Answer {
    let folders = get_directories();
    // The innermost folder, as an inner one may hide a part of an outer one.
    let found = folders
        .iter()
        .filter_map(|(folder, name)| Some((folder, within(path, name)?)))
        .min_by_key(|(_, rest)| rest.len());
    let Some((folder, rest)) = found else {
        return Answer::Missing;
    };
    match contents(folder, rest) {
        Ok(bytes) => Answer::File(bytes),
        Err(ErrorCode::NoEntry | ErrorCode::NotDirectory) => Answer::Missing,
        Err(code) => Answer::Unreadable(code.name().to_owned()),
    }
}

/// What of `path` is below the folder `name`.
fn within<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(name.trim_end_matches('/'))?;
    let rest = rest.strip_prefix('/')?.trim_start_matches('/');
    Some(rest).filter(|rest| !rest.is_empty())
}

fn contents(folder: &Descriptor, path: &str) -> Result<Zeroizing<Vec<u8>>, ErrorCode> {
    let file = folder.open_at(
        // Kubernetes mounts tokens as links.
        PathFlags::SYMLINK_FOLLOW,
        path,
        OpenFlags::empty(),
        DescriptorFlags::READ,
    )?;
    let size = file.stat()?.size;
    // Room for all of it: a buffer that grows leaves secrets behind. One byte more shows that a file is too large.
    let room = usize::try_from(size).unwrap_or(MAX_FILE).min(MAX_FILE) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    while bytes.len() <= MAX_FILE {
        let more = (MAX_FILE + 1 - bytes.len()) as u64;
        let (read, is_end) = file.read(more, bytes.len() as u64)?;
        let read = Zeroizing::new(read);
        bytes.extend_from_slice(&read);
        if is_end || read.is_empty() {
            break;
        }
    }
    Ok(bytes)
}
