//! stub
#![allow(missing_docs, dead_code)]
use crate::error::Error;
use crate::flow::*;
use crate::provider::ProviderMetadata;
use crate::time::Now;
#[derive(Debug)]
pub struct UserInfo;
#[derive(Debug)]
pub struct UserInfoRequest(http::Uri);
impl UserInfoRequest {
    pub(crate) fn for_sign_in(
        _p: &ProviderMetadata,
        _s: &crate::sign_in::SignedIn,
        _d: std::time::Duration,
    ) -> Result<Self, Error> {
        Err(Error::config("x"))
    }
}
impl Exchange for UserInfoRequest {
    type Output = UserInfo;
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
    fn read(&self, _r: http::Response<Vec<u8>>, _n: Now) -> Result<UserInfo, Error> {
        Err(Error::config("x"))
    }
}

impl UserInfo {
    pub fn subject(&self) -> &str {
        ""
    }
}
