//! What the tests of the whole share: drivers, recorded conversations, hostile servers, keys.
//!
//! | Module | What it is |
//! |---|---|
//! | [`arbitrary`] | answers of every sort, for property tests |
//! | [`bad_input`] | bad documents at one stage, with the list of all classes of bad input |
//! | [`bomb`] | a small document that becomes a large one |
//! | [`drivers`] | every way in which a client can be driven; a new one is one file |
//! | [`browser_lite`] | a small browser for sign-in pages: redirects, cookies, forms |
//! | [`caller`] | one face for blocking and async clients, results as comparable values |
//! | [`chromium`] | a real browser, driven over WebDriver |
//! | [`clock`] | virtual time for both sorts of clients |
//! | [`replay`] | answers from a script, in memory or over a socket, and the log of what was asked |
//! | [`conversation`] | the recorded conversations below `tests/conversations` |
//! | [`gateway`] | a client that verifies tokens of a sandbox, in fixed time |
//! | [`hostile`] | an instance on raw sockets that misbehaves at one stage |
//! | [`hostile_table`] | each class of misbehaviour, at every stage, with its verdict |
//! | [`hunt`] | looks for secrets in whatever is shown |
//! | [`instance`] | the documents of a proper one |
//! | [`overheard`] | everything that is said to `tracing` and `log` |
//! | [`say`] | a line past the harness |
//! | [`peers`] | software that nobody here wrote: installed, started, spoken to |
//! | [`odata`] | filters as trees, written by the builder and read by parsers that do not know it |
//! | [`served`] | the web applications of the examples, on ports of their own |
//! | [`signer`] | one face for clients that sign users in, and the part of the browser |
//! | [`sign_in`] | one good sign-in, of which every part can be made wrong |
//! | [`signing`] | tokens signed in every way, good and bad |
//! | [`watched`] | a flow held against its contract at every step, for properties and for fuzzing |

pub mod arbitrary;
pub mod bad_input;
pub mod bomb;
pub mod browser_lite;
pub mod caller;
pub mod chromium;
pub mod clock;
pub mod conversation;
pub mod drivers;
pub mod gateway;
pub mod hostile;
pub mod hostile_table;
pub mod hunt;
pub mod instance;
pub mod odata;
pub mod overheard;
pub mod peers;
pub mod replay;
pub mod say;
pub mod served;
pub mod sign_in;
pub mod signer;
pub mod signing;
pub mod watched;
