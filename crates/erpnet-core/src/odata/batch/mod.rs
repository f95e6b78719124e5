//! Several requests as one: `$batch` as `multipart/mixed` (AUTH-288, AUTH-289).
//!
//! [`Batch`] writes the request, and [`BatchPlan`], what was asked, reads the answer. A *change set* is a group of writes
//! that succeed or fail together; reads stand outside.
//!
//! ```
//! use erpnet_core::Entropy;
//! use erpnet_core::odata::{Batch, Query};
//! use serde_json::json;
//!
//! let mut batch = Batch::new();
//! batch.read(&Query::of("General_Products_ProductGroups").top(2).select(["Code", "Name"]));
//! let mut changes = batch.change_set();
//! let product = changes.create("General_Products_Products", &json!({ "PartNumber": "PRD-005" }));
//! changes.create(product.child("Prices"), &json!({ "Price": { "Value": 12, "Currency": "EUR" } }));
//!
//! let (request, plan) = batch.finish(Entropy::from_bytes([7; 32]))?; // a driver draws them from the system
//! assert_eq!(request.path(), "$batch");
//! // let reply = client.send(request)?;
//! // let outcomes = plan.read(&reply)?.all_ok()?;
//! # Ok::<(), erpnet_core::Error>(())
//! ```

mod fault;
mod multipart;
mod part;
mod plan;
mod write;

pub use fault::{BatchFault, MAX_CHANGES, MAX_PART_HEADERS, MAX_PARTS};
pub use part::PartReply;
pub use plan::{BatchPlan, BatchReply, FailedChanges, Outcome};
pub use write::{Batch, ChangeSet, ContentId, Target};
