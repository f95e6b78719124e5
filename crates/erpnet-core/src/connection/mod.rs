//! What one application knows about one instance, and what it does next to know more.
//!
//! [`Connection`] is the state behind a client: sites, metadata, keys and token, each in a [`Slot`] that allows one
//! request at a time however many callers wait. It decides; the client carries out:
//!
//! ```text
//! caller ──authorization(now)──▶ Connection ──▶ Next::Ready(token)          use it
//!                                           ├─▶ Next::ReadyAndRun(token, job)  use it, and have the job run
//!                                           ├─▶ Next::Run(job)              run the job, then ask again
//!                                           └─▶ Next::Wait                  somebody runs it: ask again when it ends
//! job ──(a Flow, driven by the client)──▶ finish(job, outcome, now)
//! ```

mod api_token;
mod app;
mod calls;
mod discovery;
mod job;
mod keys;
mod licence;
mod machine;
mod party;
mod sign_in;
mod slot;
mod snapshot;
#[cfg(test)]
mod tests;
mod tokens;

pub use api_token::{ApiToken, Capabilities, TokenHeader};
pub use app::{App, Options, Preflight, ServiceApp};
pub use calls::REFUSAL_PAUSE;
pub use job::{Finished, Job, JobId};
pub use licence::LicenceView;
pub use machine::{Connection, Next};
pub use sign_in::KnownAuthority;
pub use slot::{Ask, FIRST_PAUSE, Flight, MAX_PAUSE, MAX_RETRY_AFTER, MIN_LIFE, Slot};
pub use snapshot::Snapshot;
