//! API calls as values: where they go, what they carry, what their answers mean (section 11 of the rules).

mod call;
mod fault;
mod page;
mod path;
mod request;
mod target;

pub(crate) use call::says_licence;
pub use call::{ApiCall, ApiReply};
pub use fault::{ApiFault, MAX_INFO, MAX_MESSAGE, MAX_PARAMETERS};
pub use page::{Page, Row};
pub use path::{MAX_PATH, resolve};
pub use request::{ApiRequest, ApiSite};
pub use target::ApiPath;
