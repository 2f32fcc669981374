//! The interface `credentials`: the text form and its fields.

use super::Component;
use crate::canonical::Error;
use crate::credentials::{self, Auth, Credentials, blob};
use crate::world::exports::llm::provider::credentials::{
    AccessKey, AwsCredentials, Guest, Keys, Role,
};

impl Guest for Component {
    fn encode(credentials: AwsCredentials) -> String {
        let auth = match credentials.keys {
            Keys::AccessKey(key) => Some(Auth::access_key(
                &key.id,
                &key.secret,
                key.session_token.as_deref(),
            )),
            Keys::BearerToken(token) => Some(Auth::bearer(&token)),
            Keys::DefaultChain => None,
        };
        let role = credentials.role.map(|role| credentials::Role {
            arn: role.arn,
            external_id: role.external_id,
            session_name: role.session_name,
            duration_seconds: None,
        });
        let credentials = Credentials {
            auth,
            region: Some(credentials.region),
            expires_at: credentials.expires_at,
        };
        blob::encode(&credentials, role.as_ref()).to_string()
    }

    fn decode(text: String) -> Result<AwsCredentials, Error> {
        let (credentials, role) = blob::decode_with_role(&text)?;
        let keys = match credentials.auth {
            Some(Auth::SigV4(keys)) => Keys::AccessKey(AccessKey {
                id: keys.access_key_id().to_owned(),
                secret: keys.secret_access_key().to_owned(),
                session_token: keys.session_token().map(str::to_owned),
            }),
            Some(Auth::Bearer(token)) => Keys::BearerToken(token.expose().to_owned()),
            None => Keys::DefaultChain,
        };
        let region = credentials.region.unwrap_or_default();
        Ok(AwsCredentials {
            region,
            keys,
            role: role.map(|role| Role {
                arn: role.arn,
                external_id: role.external_id,
                session_name: role.session_name,
            }),
            expires_at: credentials.expires_at,
        })
    }
}
