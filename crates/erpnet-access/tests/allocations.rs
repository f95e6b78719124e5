//! The hot path allocates nothing, for every operation, allowed or denied.

use erpnet_access::{
    CallFacts, Credential, GrantRequest, Operation, PreparedCalls, Preset, Readings, ScopeFlags,
    UserFacts, Verdict, evaluate_call, evaluate_grant,
};
use erpnet_types::{SecretHash, Timestamp};

const REQUESTS: [(&str, &str); 8] = [
    ("GET", "/api/domain/odata/Crm_Customers?$top=10"),
    (
        "PATCH",
        "/api/domain/odata/Crm_Customers(5e1b0d3c-0000-4000-8000-000000000001)",
    ),
    ("POST", "/api/domain/odata/Crm_Customers(1)/GetPrintout"),
    (
        "POST",
        "/erp/custom/odata/Systems_Security_TrustedApplications",
    ),
    ("POST", "/api/domain/odata/$batch"),
    ("GET", "/tableapi/odata/Crm_Customers"),
    ("GET", "/profile/me/picture/64"),
    ("BREW", "/tea"),
];

#[test]
fn calls_allocate_nothing() {
    let now = Timestamp::from_unix_seconds(1_766_505_200);
    let readings = Readings::default();
    let mut seen = [0_u32; 3];
    for scopes in [ScopeFlags::READ, ScopeFlags::RESOURCE, ScopeFlags::OPENID] {
        for facts in [
            CallFacts::user(scopes, now),
            CallFacts::service(scopes, now),
        ] {
            for (method, path) in REQUESTS {
                let mut decision = None;
                let counted = allocation_counter::measure(|| {
                    let operation = Operation::parse(method, path);
                    decision = Some(evaluate_call(&facts, operation, now, &readings));
                });
                assert_eq!(counted.count_total, 0, "{method} {path}");
                let mut prepared = None;
                let counted = allocation_counter::measure(|| {
                    let calls = PreparedCalls::new(&facts, &readings);
                    prepared = Some(calls.decide(Operation::parse(method, path), now));
                });
                assert_eq!(counted.count_total, 0, "{method} {path}, prepared");
                assert_eq!(prepared, decision);
                seen[decision.unwrap().verdict as usize] += 1;
            }
        }
    }
    // All three answers were among them.
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}

#[test]
fn grants_allocate_nothing_either() {
    let hash = SecretHash::from_bytes([7; 32]);
    let record = Preset::web("com.example/app", hash, "https://app.example/cb")
        .writes()
        .record();
    for (scope, verdict) in [
        ("openid read update", Verdict::Allow),
        ("openid read sec", Verdict::Deny),
    ] {
        let request = GrantRequest::hybrid("com.example/app", "https://app.example/cb", scope)
            .with_credential(Credential::Hash(hash));
        let mut decision = None;
        let counted = allocation_counter::measure(|| {
            decision = Some(evaluate_grant(
                &record,
                &request,
                &UserFacts::internal(),
                &Readings::default(),
            ));
        });
        assert_eq!(counted.count_total, 0);
        assert_eq!(decision.unwrap().verdict, verdict);
    }
}

#[test]
fn facts_and_decisions_stay_small() {
    assert!(size_of::<erpnet_access::CallDecision>() <= 8);
    assert!(size_of::<CallFacts>() <= 48);
    assert!(size_of::<PreparedCalls>() <= 272);
    assert_eq!(size_of::<Operation>(), 1);
}
