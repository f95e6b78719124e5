//! The longest parameters that the identity service reads, in characters: the defaults of IdentityServer4 (AUTH-086).

pub(crate) const MAX_CLIENT_ID_LEN: usize = 100;
pub(crate) const MAX_SCOPE_LEN: usize = 300;
pub(crate) const MAX_REDIRECT_URI_LEN: usize = 400;
pub(crate) const MAX_NONCE_LEN: usize = 300;
pub(crate) const MAX_UI_LOCALES_LEN: usize = 100;
pub(crate) const MAX_LOGIN_HINT_LEN: usize = 100;
pub(crate) const MAX_ACR_VALUES_LEN: usize = 300;
pub(crate) const MAX_GRANT_TYPE_LEN: usize = 100;
pub(crate) const MAX_CODE_LEN: usize = 100;
pub(crate) const MAX_REFRESH_TOKEN_LEN: usize = 100;
pub(crate) const MIN_PKCE_LEN: usize = 43;
pub(crate) const MAX_PKCE_LEN: usize = 128;

pub(crate) fn fits(text: &str, limit: usize) -> bool {
    text.chars().count() <= limit
}

/// Whether a code challenge or a code verifier has a legal length (AUTH-160).
pub(crate) fn is_pkce_len(text: &str) -> bool {
    (MIN_PKCE_LEN..=MAX_PKCE_LEN).contains(&text.chars().count())
}
