//! Tokens: asking for them, reading the answer, verifying what was issued.

mod cache;
mod code;
mod core_claims;
mod grant;
mod lifetime;
mod peek;
mod refresh;
mod request;
mod response;
mod verified;
mod verify;

pub use cache::{MAX_VERIFIED_TOKENS, VerifiedTokens};
pub use code::AuthorizationCode;
pub(crate) use code::CodeFields;
pub use core_claims::CoreClaims;
pub use grant::{ClientCredentials, InputLimits};
pub use lifetime::{DEFAULT_LIFETIME, Lifetime, MAX_LIFETIME, RenewalPolicy};
pub use peek::check_before_sending;
pub(crate) use peek::stated_times;
pub use refresh::RefreshGrant;
pub use request::{MAX_TOKEN_RESPONSE, ServiceScopes, TokenRequest};
pub use response::{TokenResponse, TokenSet};
pub use verified::VerifiedToken;
pub use verify::{API_AUDIENCES, AccessTokenRules, LEGACY_AUDIENCE, MAX_TOLERANCE, Verifier};
