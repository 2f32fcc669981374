//! The files of a case.

use super::{CredentialCase, FOLDER};

/// The web identity token in `<tmp>/token`, as the recorded requests carry it.
const WEB_IDENTITY_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.e30.sig";
/// The container's authorization in `<tmp>/auth`, as the recorded requests carry it.
const CONTAINER_AUTHORIZATION: &str = "Bearer-ish podtoken";

/// Where the access token of the SSO session `corp` is kept: by the SHA-1 of the session's name.
const SSO_TOKEN_PATH: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
/// The access token of that session, as the recorded requests carry it.
const SSO_TOKEN: &str = r#"{"accessToken": "sso-session-token", "expiresAt": "2099-01-01T00:00:00Z", "region": "us-east-1", "startUrl": "https://d-x.awsapps.com/start"}"#;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFile {
    /// Path under the folder, which is also the home.
    pub path: &'static str,
    /// Its text.
    pub text: String,
}

impl CredentialCase {
    /// The files that the case needs, for a folder that is `HOME` too. An empty file is left out.
    pub fn files(&self, folder: &str) -> Vec<CaseFile> {
        let token_file = self.environment.contains_key("AWS_WEB_IDENTITY_TOKEN_FILE")
            || self.config_file.contains("web_identity_token_file");
        let authorization_file = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
        let authorization_file = self.environment.contains_key(authorization_file);
        let sso = self.config_file.contains("[sso-session corp]");
        let text_if = |needed: bool, text: &str| if needed { text } else { "" }.to_owned();
        let files = [
            (".aws/config", self.config_file.replace(FOLDER, folder)),
            (".aws/credentials", self.credentials_file.clone()),
            ("token", text_if(token_file, WEB_IDENTITY_TOKEN)),
            ("auth", text_if(authorization_file, CONTAINER_AUTHORIZATION)),
            (SSO_TOKEN_PATH, text_if(sso, SSO_TOKEN)),
        ];
        files
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(path, text)| CaseFile { path, text })
            .collect()
    }
}
