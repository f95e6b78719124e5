//! How a sign-in's ID tokens are checked: by the application's registration, in each of the places where one can come.

use std::time::Duration;

use erpnet_types::AccessToken;

use super::app::Registration;
use super::pending::Accepted;
use crate::error::Error;
use crate::id_token::IdToken;
use crate::jose::KeySet;
use crate::session::SignedInUser;
use crate::time::{Now, ServerClock};

/// What every check of one application goes by.
pub(crate) struct IdTokenChecks<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) registration: &'a Registration,
    pub(crate) tolerance: Duration,
    pub(crate) clock: Option<ServerClock>,
}
#[allow(unused_variables)]
impl IdTokenChecks<'_> {
    pub(crate) fn needs_other_keys(&self, keys: &KeySet, token: &str) -> bool { false }
    pub(crate) fn front(&self, keys: &KeySet, token: &str, accepted: &Accepted, now: Now) -> Result<IdToken, Error> { Err(Error::config("x")) }
    pub(crate) fn back(&self, keys: &KeySet, token: &str, access: &AccessToken, accepted: &Accepted, now: Now) -> Result<IdToken, Error> { Err(Error::config("x")) }
    pub(crate) fn refreshed(&self, keys: &KeySet, token: &str, access: &AccessToken, user: &SignedInUser, now: Now) -> Result<IdToken, Error> { Err(Error::config("x")) }
    pub(crate) fn same_sign_in(front: &IdToken, back: &IdToken) -> Result<(), Error> { Ok(()) }
}
