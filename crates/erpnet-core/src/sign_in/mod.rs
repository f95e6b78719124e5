//! Signing users in: the authorization code flow with PKCE, plain and hybrid (section 7 of the rules; OpenID Connect
//! Core 1.0, RFC 6749, 7636, 8252, 9207, 9700).
//!
//! A person is in the middle of this, so its states are types:
//!
//! ```text
//!  InteractiveApp ──begin──▶ SignInStart ──url──▶ the browser, and a person
//!  IdentityApp                   │                         │
//!                             pending ◀──── Callback ──────┘      in the query, or as a posted form
//!                                │ accept: state, issuer, age, refusal
//!                                ▼
//!                          CompleteSignIn (a flow): front ID token ▸ code for tokens ▸ ID token ▸ stored
//!                                │
//!                                ▼
//!                             SignedIn: who it is; for an instance, a session to call its APIs with
//! ```
//!
//! | What | Where |
//! |---|---|
//! | what is registered, what may be combined | `registration`, `interactive`, `identity_app`, `redirect`, `scopes` |
//! | the address for the browser | `request` |
//! | what is kept meanwhile, and how | `pending`, `seal`, `browser` |
//! | what came back | `callback`, `refused` |
//! | receiving it on this machine | [`loopback`] |
//! | from the answer to a session | `complete` |

mod browser;
#[cfg(test)]
mod browser_properties;
#[cfg(test)]
mod browser_tests;
mod callback;
mod callback_fault;
#[cfg(test)]
mod callback_tests;
mod checks;
mod complete;
#[cfg(test)]
mod complete_tests;
mod identity_app;
mod interactive;
pub mod loopback;
#[cfg(test)]
mod loopback_tests;
mod members;
mod pending;
#[cfg(test)]
mod properties;
mod redirect;
mod refused;
mod registration;
mod request;
mod scopes;
mod seal;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

pub use browser::{Attempts, Binding, COOKIE_PREFIX, MAX_ATTEMPTS, MAX_COOKIES, WebStart};
pub use callback::{
    Callback, MAX_CALLBACK, MAX_CALLBACK_CODE, MAX_CALLBACK_MEMBERS, MAX_CALLBACK_STATE,
    ResponseMode,
};
pub use callback_fault::CallbackFault;
pub(crate) use checks::IdTokenChecks;
pub(crate) use complete::SignInParty;
pub use complete::{CompleteSignIn, Completed, Identified, SignedIn};
pub use identity_app::IdentityApp;
pub use interactive::InteractiveApp;
pub use loopback::{LoopbackFault, LoopbackRedirect, SIGN_IN_TIMEOUT};
pub use pending::PendingSignIn;
pub use redirect::{MAX_REDIRECT_URI, RedirectUri, RedirectUriError};
pub use refused::SignInRefused;
pub use registration::ResponseType;
pub(crate) use registration::{Home, Registration};
pub use request::{
    AuthorizationRequest, MAX_EXTRA_PARAMETERS, MAX_EXTRA_VALUE, MAX_RETURN_TO, Prompt,
    SignInStart, SignInUrl,
};
pub use scopes::UserScopes;
pub use seal::{MAX_KEY_NAME, MAX_SEALED, MIN_SEALING_SECRET, SealingKeys};

/// Bytes as base64url without padding: 32 of them are the 43 characters that RFC 7636 asks for (AUTH-160).
pub(crate) fn token_text(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes))
}
