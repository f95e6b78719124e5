//! Every limit on one page. Nothing from outside grows past one of these; each has a test at, below and above it.

pub use crate::api::{MAX_INFO, MAX_MESSAGE, MAX_PARAMETERS, MAX_PATH};
pub use crate::connection::{FIRST_PAUSE, MAX_PAUSE, MAX_RETRY_AFTER, MIN_LIFE, REFUSAL_PAUSE};
pub use crate::error::{MAX_CODE, MAX_DESCRIPTION};
pub use crate::id_token::MAX_SUBJECT;
/// How deep arrays and objects in a token may stand in one another.
pub use crate::jose::MAX_DEPTH as MAX_TOKEN_DEPTH;
pub use crate::jose::header::MAX_HEADER_MEMBERS;
pub use crate::jose::jwk::{MAX_KEY_ID_LEN, MAX_KEYS, MAX_MODULUS_LEN, MIN_MODULUS_LEN};
pub use crate::jose::{MAX_CLAIMS, MAX_TOKEN_LEN};
/// The longest key set that is read, in bytes.
pub use crate::keys::MAX_DOCUMENT as MAX_KEY_SET;
pub use crate::odata::batch::{MAX_CHANGES, MAX_PART_HEADERS, MAX_PARTS};
pub use crate::odata::{
    MAX_COUNT, MAX_EMPTY_PAGES, MAX_MANTISSA, MAX_NAME, MAX_PAGE_SIZE, MAX_PAGES, MAX_REFERENCE,
    MAX_SCALE,
};
/// The longest OpenID discovery document that is read, in bytes.
pub use crate::provider::MAX_DOCUMENT as MAX_METADATA;
pub use crate::session::{MAX_COMMITS, MAX_LOOKS, MAX_REFRESHES};
pub use crate::sign_in::loopback::{MAX_LOOPBACK_BODY, MAX_LOOPBACK_HEAD, MAX_LOOPBACK_HEADERS};
pub use crate::sign_in::{
    MAX_ATTEMPTS, MAX_COOKIES, MAX_EXTRA_PARAMETERS, MAX_EXTRA_VALUE, MAX_KEY_NAME,
    MAX_REDIRECT_URI, MAX_RETURN_TO, MAX_SEALED, MIN_SEALING_SECRET,
};
pub use crate::sign_in::{
    MAX_CALLBACK, MAX_CALLBACK_CODE, MAX_CALLBACK_MEMBERS, MAX_CALLBACK_STATE,
};
pub use crate::sign_out::MAX_SIGN_OUT_URL;
/// The longest auto-discovery document that is read, in bytes.
pub use crate::site::MAX_DOCUMENT as MAX_SITE_LIST;
pub use crate::site::MAX_SITES;
pub use crate::time::{MAX_CLOCK_OFFSET, MAX_CLOCK_READING};
pub use crate::token::{MAX_LIFETIME, MAX_TOKEN_RESPONSE, MAX_TOLERANCE, MAX_VERIFIED_TOKENS};
pub use crate::userinfo::MAX_USER_INFO;
