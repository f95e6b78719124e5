//! The identity service below `/id`, as IdentityServer4 answers. One endpoint, one file.

pub(crate) mod claims;
pub(crate) mod client;
pub(crate) mod jwks;
pub(crate) mod metadata;
pub(crate) mod token;

/// Scopes that an API of this instance knows (AUTH-134, AUTH-146). The others are unknown, or speak to the identity
/// service and never to an API (AUTH-136).
pub(crate) const API_SCOPES: [&str; 4] = ["read", "update", "sec", "DomainApi"];
