//! The applications that an instance knows.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use erpnet_types::{ClientId, Secret};
use subtle::ConstantTimeEq;

use crate::application::{Application, ClientType};
use crate::error::SandboxError;
use crate::random;

/// What an administrator hands to the developer after registering an application.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Registered {
    /// The id to send as `client_id`.
    pub client_id: ClientId,
    /// The secret, shown this once: given or generated. `None` for applications that keep no secret, and when only
    /// the hash was given.
    pub secret: Option<Secret>,
}

/// The records, by client id (compared ordinally, AUTH-110).
#[derive(Default)]
pub(crate) struct Registry(BTreeMap<ClientId, Application>);

impl Registry {
    pub(crate) fn register(&mut self, mut app: Application) -> Result<Registered, SandboxError> {
        let client_id = ClientId::parse(&app.application_uri)?;
        if self.0.contains_key(&client_id) {
            return Err(SandboxError::AlreadyRegistered { client_id });
        }
        let secret = match app.given_secret.take() {
            Some(given) => Some(given?),
            None if app.client_type == ClientType::Confidential && app.secret_hash.is_none() => {
                Some(generate_secret()?)
            }
            None => None,
        };
        if let Some(secret) = &secret {
            app.secret_hash = Some(hash_of(secret.expose()));
        }
        self.0.insert(client_id.clone(), app);
        Ok(Registered { client_id, secret })
    }

    pub(crate) fn update(
        &mut self,
        client_id: &ClientId,
        change: impl FnOnce(&mut Application),
    ) -> Result<(), SandboxError> {
        let mut app = self
            .find(client_id.as_str())
            .cloned()
            .ok_or_else(|| unknown(client_id))?;
        change(&mut app);
        if let Some(given) = app.given_secret.take() {
            app.secret_hash = Some(hash_of(given?.expose()));
        }
        let new_id = ClientId::parse(&app.application_uri)?;
        if new_id != *client_id && self.0.contains_key(&new_id) {
            return Err(SandboxError::AlreadyRegistered { client_id: new_id });
        }
        self.0.remove(client_id);
        self.0.insert(new_id, app);
        Ok(())
    }

    pub(crate) fn remove(&mut self, client_id: &ClientId) -> Result<Application, SandboxError> {
        self.0.remove(client_id).ok_or_else(|| unknown(client_id))
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Application> {
        self.0.values()
    }

    pub(crate) fn find(&self, client_id: &str) -> Option<&Application> {
        self.0.get(&ClientId::parse(client_id).ok()?)
    }
}

pub(crate) fn unknown(client_id: &ClientId) -> SandboxError {
    SandboxError::UnknownApplication {
        client_id: client_id.clone(),
    }
}

/// 32 random bytes as 43 printable characters (AUTH-116).
fn generate_secret() -> Result<Secret, SandboxError> {
    let text = URL_SAFE_NO_PAD.encode(random::bytes::<32>()?);
    Ok(Secret::new(text)?)
}

/// The text of `ApplicationSecretHash` (AUTH-113).
fn hash_of(secret: &str) -> String {
    STANDARD.encode(random::sha256(secret.as_bytes()))
}

/// Compares as the identity server does, on the base64 text and in constant time: SHA-256, or SHA-512 when the record
/// holds 64 bytes (AUTH-114).
pub(crate) fn secret_matches(record: &str, secret: &str) -> bool {
    let expected = match STANDARD.decode(record).map(|bytes| bytes.len()) {
        Ok(32) => hash_of(secret),
        Ok(64) => STANDARD.encode(random::sha512(secret.as_bytes())),
        _ => return false,
    };
    expected.as_bytes().ct_eq(record.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEMO: &str = "T/AGymuI51LwjLeIFxRQXOs9IHnupDKs/ajhWODR2C4=";

    #[test]
    fn auth_036_113_114_hashes_match_only_in_their_spelling() {
        assert!(secret_matches(DEMO, "DEMO"));
        assert!(!secret_matches(DEMO, "demo"));
        assert!(!secret_matches(DEMO.trim_end_matches('='), "DEMO"));
        assert!(!secret_matches(&DEMO.replace('/', "_"), "DEMO"));
        let hex = random::upper_hex(&random::sha256(b"DEMO"));
        assert!(!secret_matches(&hex, "DEMO"));
        let long = STANDARD.encode(random::sha512(b"DEMO"));
        assert!(secret_matches(&long, "DEMO"));
        assert!(!secret_matches("", ""));
    }

    #[test]
    fn auth_116_generated_secrets_fit_and_differ() {
        let (a, b) = (generate_secret().unwrap(), generate_secret().unwrap());
        assert_eq!(a.expose().len(), 43);
        assert!(!a.ct_eq(&b));
    }

    #[test]
    fn auth_110_ids_are_unique_and_case_sensitive() {
        let mut apps = Registry::default();
        let first = apps.register(Application::service("PK")).unwrap();
        assert!(first.secret.is_some());
        assert!(apps.register(Application::service("pk")).is_ok());
        let again = apps.register(Application::service("PK"));
        assert!(matches!(again, Err(SandboxError::AlreadyRegistered { .. })));
        let clash = apps.update(&first.client_id, |app| app.application_uri = "pk".into());
        assert!(matches!(clash, Err(SandboxError::AlreadyRegistered { .. })));
        assert!(apps.find("PK").is_some(), "a failed change changes nothing");
        let public = apps
            .register(Application::public("spa", "http://127.0.0.1/cb"))
            .unwrap();
        assert!(public.secret.is_none());
    }

    #[test]
    fn auth_115_only_the_hash_is_kept() {
        let mut apps = Registry::default();
        let registered = apps
            .register(Application::service("a").secret("DEMO"))
            .unwrap();
        assert_eq!(registered.secret.unwrap().expose(), "DEMO");
        let kept = apps.find("a").unwrap();
        assert_eq!(kept.secret_hash.as_deref(), Some(DEMO));
        assert!(kept.given_secret.is_none());
        assert!(
            apps.register(Application::service("b").secret("x\n"))
                .is_err()
        );
    }
}
