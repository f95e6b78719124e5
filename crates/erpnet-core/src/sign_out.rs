//! stub
#![allow(missing_docs, dead_code)]
use crate::error::Error;
use crate::flow::*;
use crate::provider::ProviderMetadata;
use crate::sign_in::Registration;
use crate::time::Now;
use erpnet_types::RawIdToken;
#[derive(Debug)]
pub struct SignOutUrl;
#[derive(Debug)]
pub struct Revocation(http::Uri);
impl Revocation {
    pub(crate) fn new(
        u: http::Uri,
        _c: erpnet_types::ClientId,
        _s: Option<erpnet_types::Secret>,
        _t: erpnet_types::RefreshToken,
        _d: std::time::Duration,
    ) -> Self {
        Self(u)
    }
}
impl Exchange for Revocation {
    type Output = ();
    const DOING: &'static str = "u";
    fn uri(&self) -> &http::Uri {
        &self.0
    }
    fn request(&self) -> Result<Transmit, Error> {
        Err(Error::config("x"))
    }
    fn replay(&self) -> Replay {
        Replay::Safe
    }
    fn read(&self, _r: http::Response<Vec<u8>>, _n: Now) -> Result<(), Error> {
        Err(Error::config("x"))
    }
}
pub(crate) fn sign_out_url(
    _p: &ProviderMetadata,
    _r: &Registration,
    _h: Option<&RawIdToken>,
    _s: Option<&str>,
) -> Option<SignOutUrl> {
    None
}

impl SignOutUrl {
    pub fn as_str(&self) -> &str {
        ""
    }
}
