//! Sign-in of a user: what comes back from the authorize endpoint, and how it is received.

mod callback;
mod callback_fault;
#[cfg(test)]
mod callback_tests;
pub mod loopback;
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
pub use loopback::{LoopbackFault, LoopbackRedirect, SIGN_IN_TIMEOUT};
pub use refused::SignInRefused;
