//! Sign-in of a user: what comes back from the authorize endpoint, and how it is received.

mod callback;
mod callback_fault;
#[cfg(test)]
mod callback_tests;
mod loopback;
#[cfg(test)]
mod loopback_tests;
mod members;
#[cfg(test)]
mod properties;
mod refused;

pub use callback::{
    Callback, MAX_CALLBACK, MAX_CALLBACK_CODE, MAX_CALLBACK_MEMBERS, MAX_CALLBACK_STATE,
    ResponseMode,
};
pub use callback_fault::CallbackFault;
pub use loopback::{
    Answer, Judgement, LoopbackFault, LoopbackJudge, LoopbackRedirect, MAX_LOOPBACK_BODY,
    MAX_LOOPBACK_HEAD, MAX_LOOPBACK_HEADERS, MAX_REDIRECT_LEN, RequestHead, SIGN_IN_TIMEOUT,
};
pub use refused::SignInRefused;
