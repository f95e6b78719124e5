//! Queries, values, pages and batches of the Domain API, as values: nothing here sends anything.
//!
//! | To | Use |
//! |---|---|
//! | ask for rows | [`Query`], [`field`], [`Filter`], [`Expand`], [`asc`], [`desc`] |
//! | ask for groups and sums | [`Apply`], [`Aggregate`], [`Query::expand_group`] |
//! | read values without losing digits | [`Decimal`], [`Amount`], [`Quantity`], [`EntityRef`], [`Guid`] |
//! | read page after page | [`Pages`], [`NextLink`] |
//! | send several requests as one | [`Batch`], [`BatchPlan`] |
//!
//! ERP.net's dialect of OData v4 differs from the standard: references are string literals with set and id, amounts are
//! compared by `...Value` attributes, three functions know about null, and grouped references are expanded by
//! `expandgroup`. Where its documentation is silent, OData's URL conventions hold.
//!
//! Every part takes your own text where the builder knows no word for it: [`Filter::raw`], [`Expression::raw`],
//! [`literal`], [`Expand::raw`], [`Order::raw`], [`Apply::raw`], [`Query::raw_option`].

mod apply;
pub mod batch;
mod buffer;
mod decimal;
mod dialect;
mod encode;
mod expand;
mod expression;
mod fault;
mod filter;
mod guid;
mod literal;
mod name;
mod next_link;
mod options;
mod pages;
mod query;
mod text;
mod values;

pub use apply::{Aggregate, Apply};
pub use batch::{Batch, BatchPlan};
pub use decimal::{Decimal, MAX_MANTISSA, MAX_SCALE};
pub use dialect::Dialect;
pub use expand::{Expand, Order, asc, desc};
pub use expression::{Expression, field};
pub use fault::QueryFault;
pub use filter::Filter;
pub use guid::Guid;
pub use literal::{
    DateLiteral, EnumLiteral, Null, Operand, RawLiteral, ReferenceLiteral, date, date_time,
    enumeration, literal, reference,
};
pub use name::MAX_NAME;
pub use next_link::NextLink;
pub use options::MAX_COUNT;
pub use pages::{MAX_EMPTY_PAGES, MAX_PAGES, PageFault, Pages};
pub use query::{MAX_PAGE_SIZE, Query};
pub use values::{
    Amount, CustomPropertyValue, EntityRef, MAX_REFERENCE, MultilanguageString, Quantity,
};
