//! Recorded cases of the credential chain: an environment, files, what was asked over HTTP, the result.
//!
//! In: the files of `tests/vectors/credentials`, recorded with botocore. Out: the case as values, its
//! environment and files for a given address and folder, and a replay: as
//! [`CredentialServices::replay`](crate::CredentialServices::replay) the emulator gives the recorded
//! responses in order and tells every difference of the requests.
//!
//! The record shows botocore's choices. Which source wins, and the fall-back to instance metadata
//! without a token, are other SDKs' choice to make.

mod comparison;
mod files;
mod replay;

pub use files::CaseFile;
pub use replay::Difference;
pub(crate) use replay::Replay;

use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where a case says `http://127.0.0.1:<port>`.
const PORT: &str = "<port>";
/// Where a case names the folder of its files.
const FOLDER: &str = "<tmp>";

/// One case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CredentialCase {
    /// Its name, that of the file.
    pub name: String,
    /// Environment variables, with `<port>` and `<tmp>`; see [`environment_at`](Self::environment_at).
    #[serde(rename = "env")]
    pub environment: BTreeMap<String, String>,
    /// Text of `~/.aws/config`, with `<tmp>`.
    pub config_file: String,
    /// Text of `~/.aws/credentials`.
    pub credentials_file: String,
    /// The profile that was named by the caller, not by the environment.
    #[serde(rename = "profile_arg")]
    pub profile: Option<String>,
    /// What came of it.
    pub result: CaseResult,
    /// The error instead, in botocore's words.
    pub error: Option<String>,
    /// The HTTP exchanges, in order.
    #[serde(rename = "http")]
    pub exchanges: Vec<CaseExchange>,
}

/// The credentials that were found; all members are absent when there were none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct CaseResult {
    /// Botocore's name of the source, such as `assume-role` or `iam-role`.
    pub method: Option<String>,
    /// Access key id.
    #[serde(rename = "access_key")]
    pub access_key_id: Option<String>,
    /// Session token.
    #[serde(rename = "token")]
    pub session_token: Option<String>,
    /// The region that botocore would use; it knows neither `AWS_REGION` nor the instance's.
    pub region: Option<String>,
}

/// One request and its response.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CaseExchange {
    /// As botocore sent it.
    pub request: CaseRequest,
    /// As it was answered.
    pub response: CaseResponse,
}

/// A recorded request; what changes from run to run stands as `<volatile>`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CaseRequest {
    /// Request line, such as `GET / HTTP/1.1`.
    pub line: String,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

impl CaseRequest {
    /// HTTP method.
    pub fn method(&self) -> &str {
        self.line.split(' ').next().unwrap_or_default()
    }

    /// Path and query.
    pub fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    /// First value of a header; the name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(seen, _)| seen.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// A recorded response.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CaseResponse {
    /// HTTP status.
    pub status: u16,
    /// Content type.
    pub content_type: String,
    /// Further headers.
    pub headers: BTreeMap<String, String>,
    /// The body as text.
    pub body: String,
}

/// Why a case cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The file or folder.
    #[error("{}: {error}", .path.display())]
    Io {
        /// Its path.
        path: PathBuf,
        /// The system's word.
        error: std::io::Error,
    },
    /// The text.
    #[error("{}: {error}", .path.display())]
    Json {
        /// The file's path.
        path: PathBuf,
        /// Where it is no case.
        error: serde_json::Error,
    },
}

impl CredentialCase {
    /// Reads one file.
    ///
    /// # Errors
    /// When it cannot be read or is no case.
    pub fn read(path: &Path) -> Result<Self, CaseError> {
        let text = std::fs::read(path).map_err(|error| CaseError::Io {
            path: path.to_owned(),
            error,
        })?;
        serde_json::from_slice(&text).map_err(|error| CaseError::Json {
            path: path.to_owned(),
            error,
        })
    }

    /// Reads every `.json` file of a folder, by name.
    ///
    /// # Errors
    /// When the folder or one of its files cannot be read, or a file is no case.
    pub fn read_all(folder: &Path) -> Result<Vec<Self>, CaseError> {
        let failed = |error| CaseError::Io {
            path: folder.to_owned(),
            error,
        };
        let entries = std::fs::read_dir(folder).map_err(failed)?;
        let paths: Result<Vec<PathBuf>, _> = entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect();
        let mut paths = paths.map_err(failed)?;
        paths.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        });
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    /// Whether credentials were found.
    pub fn finds_credentials(&self) -> bool {
        self.result.access_key_id.is_some()
    }

    /// The environment for services at `address` and files in `folder`. The recorder led to its
    /// services by other means; [`endpoint_variables`](crate::endpoint_variables) lead there too.
    pub fn environment_at(&self, address: SocketAddr, folder: &str) -> Vec<(String, String)> {
        let port = address.port().to_string();
        let filled = |value: &str| value.replace(PORT, &port).replace(FOLDER, folder);
        self.environment
            .iter()
            .map(|(name, value)| (name.clone(), filled(value)))
            .collect()
    }
}
