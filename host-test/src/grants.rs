//! What one instance may reach: nothing, until it is named here.

use crate::http::AllowList;
use crate::{CallError, Ledger};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wasmtime_wasi::{FsPerms, WasiCtx};

/// The environment variables that AWS's default credential chain and endpoint rules read.
///
/// The names are those of the AWS SDKs and Tools Reference Guide; `HOME` is where `~/.aws` is looked for.
pub const CREDENTIAL_CHAIN_VARIABLES: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_ACCOUNT_ID",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "AWS_EC2_METADATA_V1_DISABLED",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    "AWS_ENDPOINT_URL_SSO",
    "AWS_ENDPOINT_URL_STS",
    "AWS_MAX_ATTEMPTS",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_RETRY_MODE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "HOME",
];

/// Variables that name a file, whose folder the chain must then read.
const FILE_VARIABLES: &[&str] = &[
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
];

/// Variables that name an address, which the chain or the call must then reach.
const ADDRESS_VARIABLES: &[&str] = &[
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    "AWS_ENDPOINT_URL_SSO",
    "AWS_ENDPOINT_URL_STS",
];

/// A folder that an instance may read, with all that is below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preopen {
    /// The folder on the host.
    pub host: PathBuf,
    /// Its name in the guest.
    pub guest: String,
}

/// The rights of one instance. [`Grants::default`] has none at all.
///
/// The environment may hold secrets, so that `Debug` shows the names alone.
#[derive(Clone, Default)]
pub struct Grants {
    /// Environment variables, name and value.
    pub environment: Vec<(String, String)>,
    /// Folders, read-only. WASI gives folders and not files.
    pub folders: Vec<Preopen>,
    /// Where outbound HTTP may go.
    pub outbound: AllowList,
    /// Where spending by day and month is counted. Without one, calls with such limits are refused.
    pub ledger: Option<Arc<dyn Ledger>>,
}

impl std::fmt::Debug for Grants {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.environment.iter().map(|(name, _)| name).collect();
        f.debug_struct("Grants")
            .field("environment", &names)
            .field("folders", &self.folders)
            .field("outbound", &self.outbound)
            .field("ledger", &self.ledger.is_some())
            .finish()
    }
}

impl Grants {
    /// No environment and no files: outbound HTTP alone, for calls that carry their credentials in the context.
    pub fn outbound(outbound: AllowList) -> Self {
        Self {
            outbound,
            ..Self::default()
        }
    }

    /// What AWS's default credential chain needs in this process: its environment variables, `~/.aws` and the folders
    /// of the files that they name, AWS's own hosts, the container and instance metadata services, and the
    /// addresses that the variables name.
    pub fn credential_chain() -> Self {
        Self::credential_chain_of(|name| std::env::var_os(name))
    }

    /// The same for an environment given as a function, so that a gateway can pass on a subset.
    pub fn credential_chain_of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        // A value that is not UTF-8 cannot cross into WASI, whose strings are.
        let text = |name: &&str| variable(name)?.into_string().ok();
        let environment = CREDENTIAL_CHAIN_VARIABLES
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), text(name)?)))
            .collect();

        let mut folders: Vec<Preopen> = Vec::new();
        let mut add = |folder: &Path| {
            let Some(guest) = folder.to_str() else { return };
            if folder.is_dir() && folders.iter().all(|known| known.host != folder) {
                folders.push(Preopen {
                    host: folder.to_owned(),
                    guest: guest.to_owned(),
                });
            }
        };
        if let Some(home) = text(&"HOME").filter(|home| !home.is_empty()) {
            add(&Path::new(&home).join(".aws"));
        }
        for file in FILE_VARIABLES.iter().filter_map(text) {
            if let Some(folder) = Path::new(&file).parent().filter(|p| p.is_absolute()) {
                add(folder);
            }
        }

        let mut outbound = AllowList::aws();
        outbound.extend(AllowList::aws_metadata());
        for address in ADDRESS_VARIABLES.iter().filter_map(text) {
            // Not an address: the component will say so better than this list could.
            if let Ok(pattern) = AllowList::origin(&address) {
                outbound.extend(pattern);
            }
        }
        Self {
            environment,
            folders,
            outbound,
            ledger: None,
        }
    }

    /// The WASI side of the grants: no arguments, no standard streams, no sockets.
    pub(crate) fn wasi(&self) -> Result<WasiCtx, CallError> {
        let mut wasi = WasiCtx::builder();
        wasi.allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .envs(&self.environment);
        for folder in &self.folders {
            wasi.preopened_dir(&folder.host, &folder.guest, FsPerms::ReadOnly)
                .map_err(|source| CallError::Preopen {
                    path: folder.host.clone(),
                    source,
                })?;
        }
        Ok(wasi.build())
    }
}
