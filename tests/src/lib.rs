//! What the tests of the whole share: drivers, recorded conversations, hostile servers, keys.
//!
//! | Module | What it is |
//! |---|---|
//! | [`arbitrary`] | answers of every sort, for property tests |
//! | [`drivers`] | every way in which a client can be driven; a new one is one file |
//! | [`caller`] | one face for blocking and async clients, results as comparable values |
//! | [`clock`] | virtual time for both sorts of clients |
//! | [`replay`] | answers from a script, in memory or over a socket, and the log of what was asked |
//! | [`conversation`] | the recorded conversations below `tests/conversations` |
//! | [`gateway`] | a client that verifies tokens of a sandbox, in fixed time |
//! | [`hostile`] | an instance on raw sockets that misbehaves at one stage |
//! | [`hostile_table`] | each class of misbehaviour, at every stage, with its verdict |
//! | [`hunt`] | looks for secrets in whatever is shown |
//! | [`instance`] | the documents of a proper one |
//! | [`signer`] | one face for clients that sign users in, and the part of the browser |
//! | [`sign_in`] | one good sign-in, of which every part can be made wrong |
//! | [`signing`] | tokens signed in every way, good and bad |

pub mod arbitrary;
pub mod caller;
pub mod clock;
pub mod conversation;
pub mod drivers;
pub mod gateway;
pub mod hostile;
pub mod hostile_table;
pub mod hunt;
pub mod instance;
pub mod replay;
pub mod sign_in;
pub mod signer;
pub mod signing;
