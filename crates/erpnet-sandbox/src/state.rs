//! What the server thread and the `Sandbox` share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use erpnet_types::Instance;
use serde_json::Value;

use crate::alter::Document;
use crate::apps::Registry;
use crate::builder::Options;
use crate::error::SandboxError;
use crate::fault::Faults;
use crate::identity::sign_ins::SignIns;
use crate::keys::KeyRing;
use crate::log::RequestLog;
use crate::odata::Store;
use crate::random;
use crate::reference::ReferenceTokens;
use crate::site::{Site, default_sites};
use crate::users::Users;

/// One instance. Each part has a lock of its own; nobody takes a second one while holding the first.
pub(crate) struct State {
    pub(crate) root: String,
    pub(crate) issuer: String,
    pub(crate) instance: Instance,
    pub(crate) options: Options,
    pub(crate) apps: Mutex<Registry>,
    pub(crate) keys: Mutex<KeyRing>,
    pub(crate) sites: Mutex<Vec<Site>>,
    pub(crate) reference_tokens: Mutex<ReferenceTokens>,
    pub(crate) data: Mutex<Store>,
    pub(crate) log: Mutex<RequestLog>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) users: Mutex<Users>,
    pub(crate) sign_ins: Mutex<SignIns>,
    pub(crate) antiforgery_key: ring::hmac::Key,
}

impl State {
    pub(crate) fn new(instance: Instance, options: Options) -> Result<Self, SandboxError> {
        let root = instance.to_string();
        Ok(Self {
            issuer: format!("{root}/id"),
            apps: Mutex::default(),
            keys: Mutex::new(KeyRing::new(random::bytes()?)),
            sites: Mutex::new(default_sites(&root)),
            reference_tokens: Mutex::default(),
            data: Mutex::new(Store::generate(options.data)),
            log: Mutex::default(),
            faults: Mutex::default(),
            users: Mutex::default(),
            sign_ins: Mutex::default(),
            antiforgery_key: ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &random::bytes::<32>()?),
            root,
            instance,
            options,
        })
    }

    /// Whether this is the global authority: sign-in, and nothing else.
    pub(crate) fn is_global(&self) -> bool {
        self.options.sign_in.global
    }

    /// Lets a fault on order change a document that is about to be sent; whether there was one.
    pub(crate) fn alter(
        &self,
        document: Document,
        value: &mut Value,
        header: Option<&mut Value>,
    ) -> bool {
        lock(&self.faults).alter(document, value, header)
    }
}

/// A panic elsewhere does not make the instance unusable: every change under these locks is complete or not begun.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
