//! ID tokens: who signed in, proved (OpenID Connect Core sections 2, 3.1.3.7, 3.3.2.11 and 12.2; AUTH-180..183).
//!
//! | Question | Answer |
//! |---|---|
//! | what holds for every sign-in of an application | [`IdTokenRules`] |
//! | what this one sign-in asked for | [`Attempt`] |
//! | is it true | [`IdTokenVerifier`]: [`front_channel`](IdTokenVerifier::front_channel), [`token_endpoint`](IdTokenVerifier::token_endpoint), [`refreshed`](IdTokenVerifier::refreshed) |
//! | is a session over | [`LogoutToken`], by [`IdTokenVerifier::logout_token`] |
//! | who is it | [`IdToken`], [`Identity`] |
//!
//! A token is refused with [`Reason::IdToken`](crate::Reason::IdToken), which holds the first check that failed.
//!
//! ```
//! use erpnet_core::id_token::{Attempt, IdTokenRules, IdTokenVerifier};
//! use erpnet_core::{Error, Now, jose::KeySet};
//! use erpnet_types::{AccessToken, ClientId};
//! use std::sync::Arc;
//!
//! fn who(keys: Arc<KeySet>, token: &str, code: &str, access_token: &AccessToken, now: Now) -> Result<String, Error> {
//!     let client_id = ClientId::parse("com.example/portal").map_err(|error| Error::config(error.to_string()))?;
//!     let rules = IdTokenRules::new("https://demodb.my.erp.net/id", client_id);
//!     let verifier = IdTokenVerifier::new(Arc::new(rules), keys, None);
//!     let attempt = Attempt::new("the nonce of the authorization request").state("its state");
//!     let token = verifier.token_endpoint(token, code, access_token, &attempt, now)?;
//!     Ok(token.identity().to_string())
//! }
//! ```

mod attempt;
mod check;
mod identity;
mod logout_token;
mod rules;
mod verified;
mod verify;

pub use attempt::Attempt;
pub use identity::Identity;
pub use logout_token::{LOGOUT_EVENT, LogoutToken};
pub use rules::{IdTokenRules, MAX_SUBJECT};
pub use verified::IdToken;
pub use verify::IdTokenVerifier;
