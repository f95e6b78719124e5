//! What writing a query allocates: the query's own text, and nothing for clauses of the usual length.

mod documented;

use std::hint::black_box;

use documented::DOCUMENTED;
use erpnet_core::odata::{Query, field};

/// The options of a query and of what it expands: `$top=`, `$filter=`, `expandgroup=`.
fn options(text: &str) -> u64 {
    let options = text.matches("=").count();
    u64::try_from(options).unwrap()
}

#[test]
fn a_documented_query_takes_one_allocation_per_clause_or_fewer() {
    let mut most = 0;
    for (text, build) in DOCUMENTED {
        let counted = allocation_counter::measure(|| {
            black_box(build().path().unwrap());
        });
        assert!(
            counted.count_total <= options(text),
            "{} allocations: {text}",
            counted.count_total
        );
        most = most.max(counted.count_total);
    }
    assert!(most <= 2, "{most} at most");
}

#[test]
fn conditions_allocate_only_when_they_are_long() {
    let count = |conditions: u32| {
        let counted = allocation_counter::measure(|| {
            let filter = (1..conditions).fold(field("Number").eq("A'1"), |all, _| {
                all.and(field("LineNo").ge(10))
            });
            black_box(Query::of("Crm_Customers").filter(filter).path().unwrap());
        });
        counted.count_total
    };
    assert_eq!((count(1), count(5)), (1, 1));
    // Then the text doubles as it grows.
    assert!(count(100) <= 10, "{}", count(100));
}
