//! Reading the few files that hold credentials, in the folders that the host lets this component into.

use zeroize::Zeroizing;

use super::super::folder;
use crate::credential_chain::{Answer, MAX_FILE};
use crate::world::wasi::filesystem::types::{
    Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags,
};

/// The file at `path`; one that no folder of the host's would hold is not there.
pub(in super::super) fn read(path: &str) -> Answer {
    let Some((folder, rest)) = folder::holding(path) else {
        return Answer::Missing;
    };
    match contents(&folder, rest) {
        Ok(bytes) => Answer::File(bytes),
        Err(ErrorCode::NoEntry | ErrorCode::NotDirectory) => Answer::Missing,
        Err(code) => Answer::Unreadable(code.name().to_owned()),
    }
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
