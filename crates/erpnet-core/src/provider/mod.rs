//! OpenID Connect discovery: what an authority says about itself (AUTH-056..069).

mod discover;
mod endpoint;
mod metadata;

pub use discover::{Discovery, MAX_DOCUMENT};
pub use metadata::{EndpointRules, ProviderMetadata};
