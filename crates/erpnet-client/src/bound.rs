//! Where web sign-ins are between request and answer, shared by all clones.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use erpnet_core::sign_in::{Binding, Callback, PendingSignIn, SignInStart, WebStart};
use erpnet_core::{Error, Now};

use crate::shared::{Shared, fresh_entropy};

/// A binding, if the application gave one.
#[derive(Clone, Default)]
pub(crate) struct Bound(Option<Arc<Mutex<Binding>>>);

impl Bound {
    pub(crate) fn new(binding: Binding) -> Self {
        Self(Some(Arc::new(Mutex::new(binding))))
    }

    /// Before anything is sent: is there one?
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.lock().map(drop)
    }

    fn lock(&self) -> Result<MutexGuard<'_, Binding>, Error> {
        let none = || {
            Error::config(
                "a web sign-in is bound to its browser: give sealing keys, or `Attempts`, by `with_binding`",
            )
        };
        let binding = self.0.as_ref().ok_or_else(none)?;
        Ok(binding.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn begin(
        &self,
        start: SignInStart,
        shared: &Shared,
        now: Now,
    ) -> Result<WebStart, Error> {
        let life = shared.lock().options().attempt_life;
        self.lock()?.begin(start, life, fresh_entropy()?, now)
    }

    pub(crate) fn find(
        &self,
        callback: &Callback,
        cookies: Option<&str>,
        shared: &Shared,
    ) -> Result<PendingSignIn, Error> {
        let connection = shared.lock();
        let none = || Error::config("the application has no client id");
        let client_id = connection.client_id().ok_or_else(none)?;
        self.lock()?.find(callback, cookies, client_id)
    }
}
