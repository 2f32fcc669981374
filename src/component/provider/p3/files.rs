//! Reading the few files that hold credentials, in the folders that the host lets this component into.

use wit_bindgen::StreamResult;
use zeroize::Zeroizing;

use super::bindings::filesystem::types::{
    Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags,
};
use crate::component::provider::folder;
use crate::credential_chain::{Answer, MAX_FILE};

/// The file at `path`; one that no folder of the host's would hold is not there.
pub(in super::super) async fn read(path: &str) -> Answer {
    let Some((folder, rest)) = folder::holding(path) else {
        return Answer::Missing;
    };
    match contents(&folder, rest).await {
        Ok(bytes) => Answer::File(bytes),
        Err(ErrorCode::NoEntry | ErrorCode::NotDirectory) => Answer::Missing,
        Err(code) => Answer::Unreadable(name(&code)),
    }
}

/// WASI's own word, as with WASI 0.2: `not-permitted`.
fn name(code: &ErrorCode) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}")
        .trim_start_matches("ErrorCode::")
        .chars()
    {
        if !letter.is_ascii_alphanumeric() {
            break;
        }
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

async fn contents(folder: &Descriptor, path: &str) -> Result<Zeroizing<Vec<u8>>, ErrorCode> {
    let file = folder
        .open_at(
            // Kubernetes mounts tokens as links.
            PathFlags::SYMLINK_FOLLOW,
            path.to_owned(),
            OpenFlags::empty(),
            DescriptorFlags::READ,
        )
        .await?;
    let size = file.stat().await?.size;
    // Room for all of it: a buffer that grows leaves secrets behind. One byte more shows that a file is too large.
    let room = usize::try_from(size).unwrap_or(MAX_FILE).min(MAX_FILE) + 1;
    let (mut stream, end) = file.read_via_stream(0);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    while bytes.len() <= MAX_FILE {
        let more = MAX_FILE + 1 - bytes.len();
        let (result, read) = stream.read(Vec::with_capacity(more.min(room))).await;
        bytes.extend_from_slice(&Zeroizing::new(read));
        if !matches!(result, StreamResult::Complete(_)) {
            end.await?;
            break;
        }
    }
    Ok(bytes)
}
