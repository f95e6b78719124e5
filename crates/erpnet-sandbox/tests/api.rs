//! The Domain API over real HTTP: who may, and what comes.

mod support;

use std::time::Duration;

use erpnet_sandbox::{
    Application, Caller, Clock, NextLinks, ReferenceTokenPolicy, Sandbox, SandboxError,
};
use erpnet_types::{ReferenceTokenKind, Timestamp};
use serde_json::{Value, json};
use support::*;

#[test]
fn auth_268_tokens_that_are_missing_or_wrong_are_401() {
    let sandbox = Sandbox::start().unwrap();
    let other = Sandbox::start().unwrap();
    let app = service(&sandbox, "read");
    let good = sandbox.service_claims(&app.client_id, "read").unwrap();
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        sandbox.sign_token(json!({}), claims)
    };
    assert_eq!(
        call(&sandbox, "GET", "GetVersion", &with("x", json!(1)), "").status,
        200
    );
    let now = sandbox.clock().now().unix_seconds();
    for (case, token) in [
        ("nothing", String::new()),
        ("garbage", "a.b.c".to_owned()),
        (
            "another instance",
            other.sign_token(json!({}), good.clone()),
        ),
        (
            "issuer with a slash",
            with("iss", json!(sandbox.issuer() + "/")),
        ),
        ("global issuer", with("iss", json!("https://id.erp.net/id"))),
        (
            "audience",
            with("aud", json!(format!("{}/resources", sandbox.issuer()))),
        ),
        ("legacy audience", with("aud", json!("DomainApi"))),
        ("expired", with("exp", json!(now - 1))),
        ("without end", with("exp", Value::Null)),
        ("not yet", with("nbf", json!(now + 60))),
        ("unknown application", with("client_id", json!("nobody"))),
        (
            "id token",
            sandbox.sign_token(json!({ "typ": "JWT" }), good.clone()),
        ),
        (
            "none",
            sandbox.sign_token(json!({ "alg": "none" }), good.clone()),
        ),
    ] {
        assert_eq!(
            call(&sandbox, "GET", "GetVersion", &token, "").status,
            401,
            "{case}"
        );
    }
    assert_eq!(get(&sandbox, &format!("{ODATA}Crm_Customers")).status, 401);
    let basic = [("Authorization", "Basic YTpi")];
    assert_eq!(
        send(
            &sandbox,
            "GET",
            &format!("{ODATA}Crm_Customers"),
            &basic,
            b""
        )
        .status,
        401
    );
}

#[test]
fn auth_076_079_both_shapes_of_audience_and_scope_are_read() {
    let sandbox = Sandbox::start().unwrap();
    let app = service(&sandbox, "read");
    let mut claims = sandbox.service_claims(&app.client_id, "read").unwrap();
    claims["aud"] = json!("DomainAPI");
    claims["scope"] = json!("update read");
    let token = sandbox.sign_token(json!({ "typ": "application/at+jwt" }), claims);
    assert_eq!(call(&sandbox, "GET", "GetVersion", &token, "").status, 200);
}

#[test]
fn tokens_end_with_the_clock() {
    let clock = Clock::fixed(Timestamp::from_unix_seconds(1_766_505_147));
    let sandbox = Sandbox::builder().clock(clock.clone()).start().unwrap();
    let token = token(&sandbox, &service(&sandbox, "read"), "read");
    let status = || call(&sandbox, "GET", "GetVersion", &token, "").status;
    for (seconds, expected) in [(0, 200), (3599, 200), (3600, 401), (-1, 401)] {
        clock.set_offset(seconds * 1000);
        assert_eq!(status(), expected, "{seconds}");
    }
}

#[test]
fn auth_124_a_disabled_application_stops_at_once() {
    let sandbox = Sandbox::start().unwrap();
    let app = service(&sandbox, "read");
    let token = token(&sandbox, &app, "read");
    let status = || call(&sandbox, "GET", "GetVersion", &token, "").status;
    assert_eq!(status(), 200);
    sandbox
        .update(&app.client_id, |app| app.enabled = false)
        .unwrap();
    assert_eq!(status(), 401);
    sandbox
        .update(&app.client_id, |app| app.enabled = true)
        .unwrap();
    assert_eq!(status(), 200);
    sandbox.remove(&app.client_id).unwrap();
    assert_eq!(status(), 401);
}

#[test]
fn auth_073_074_rotation_and_retirement() {
    let sandbox = Sandbox::start().unwrap();
    let app = service(&sandbox, "read");
    let old = token(&sandbox, &app, "read");
    let status = |token: &str| call(&sandbox, "GET", "GetVersion", token, "").status;
    let kid = sandbox.rotate_keys();
    let new = token(&sandbox, &app, "read");
    assert_eq!(part(&new, 0)["kid"], kid);
    assert_eq!((status(&old), status(&new)), (200, 200));
    sandbox
        .retire_key(part(&old, 0)["kid"].as_str().unwrap())
        .unwrap();
    assert_eq!((status(&old), status(&new)), (401, 200));
    sandbox.retire_key(&kid).unwrap();
    assert_eq!(status(&new), 401);
    assert_eq!(status(&token(&sandbox, &app, "read")), 200);
    assert!(matches!(
        sandbox.retire_key(&kid),
        Err(SandboxError::UnknownKey { .. })
    ));
    let claims = sandbox.service_claims(&app.client_id, "read").unwrap();
    let first = &sandbox.kids()[0];
    assert_eq!(
        status(&sandbox.sign_token_with(first, json!({}), claims).unwrap()),
        200
    );
}

#[test]
fn auth_149_scopes_decide_what_a_token_may() {
    for implied in [false, true] {
        let sandbox = Sandbox::builder()
            .update_implies_read(implied)
            .start()
            .unwrap();
        let app = service(&sandbox, "read update");
        let status = |scope: &str, method: &str, path: &str| {
            call(&sandbox, method, path, &token(&sandbox, &app, scope), "{}").status
        };
        let missing = "Crm_Customers(00000000-0000-4000-8000-000000000000)";
        assert_eq!(status("read", "GET", "Crm_Customers"), 200);
        assert_eq!(status("read", "POST", "Crm_Customers"), 403);
        assert_eq!(status("read", "PATCH", missing), 403);
        assert_eq!(status("read", "DELETE", missing), 403);
        assert_eq!(status("update", "DELETE", missing), 404);
        // G19
        assert_eq!(
            status("update", "GET", "Crm_Customers"),
            if implied { 200 } else { 403 }
        );
        assert_eq!(status("read update", "POST", "Crm_Customers"), 500);
    }
}

#[test]
fn auth_273_274_queries_that_are_not_understood_are_500_with_json() {
    let sandbox = Sandbox::start().unwrap();
    let token = token(&sandbox, &service(&sandbox, "read"), "read");
    for query in [
        "$filter=Number%20eq%20'1'",
        "$expand=Party",
        "$top=x",
        "$select=Nope",
    ] {
        let answer = call(
            &sandbox,
            "GET",
            &format!("Crm_Customers?{query}"),
            &token,
            "",
        );
        assert_eq!(answer.status, 500, "{query}");
        assert!(answer.json()["error"]["message"].is_string());
    }
    assert_eq!(call(&sandbox, "GET", "Nope", &token, "").status, 404);
    assert_eq!(
        call(&sandbox, "GET", "Crm_Customers(1)", &token, "").status,
        404
    );
}

/// Reads all pages of a query by its next links, and returns the rows.
fn all_pages(sandbox: &Sandbox, token: &str, query: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut next = Some(query.to_owned());
    while let Some(link) = next {
        let root = sandbox.odata_root();
        let path = link.strip_prefix(&root).unwrap_or(&link).to_owned();
        let page = call(sandbox, "GET", &path, token, "").json();
        rows.extend(page["value"].as_array().unwrap().iter().cloned());
        next = page["@odata.nextLink"].as_str().map(str::to_owned);
    }
    rows
}

#[test]
fn auth_281_283_next_links_lead_through_everything_once() {
    for form in [NextLinks::Relative, NextLinks::Absolute] {
        let sandbox = Sandbox::builder().next_links(form).start().unwrap();
        let token = token(&sandbox, &service(&sandbox, "read"), "read");
        let whole = call(&sandbox, "GET", "General_Products_Products", &token, "").json();
        assert!(whole.get("@odata.nextLink").is_none());
        let whole = whole["value"].as_array().unwrap().clone();
        assert_eq!(whole.len(), 40);
        assert_eq!(
            all_pages(&sandbox, &token, "General_Products_Products?$top=7"),
            whole
        );
        assert_eq!(
            all_pages(&sandbox, &token, "General_Products_Products?$top=7&$skip=5"),
            whole[5..]
        );
        assert_eq!(
            all_pages(&sandbox, &token, "General_Products_Products?$top=40"),
            whole
        );
        let ordered = all_pages(
            &sandbox,
            &token,
            "General_Products_Products?$top=9&$orderby=PartNumber%20desc&$select=PartNumber",
        );
        let numbers: Vec<_> = ordered
            .iter()
            .map(|row| row["PartNumber"].as_str().unwrap())
            .collect();
        assert_eq!(
            (numbers.len(), numbers[0], numbers[39]),
            (40, "PRD-00040", "PRD-00001")
        );
    }
}

#[test]
fn auth_282_a_page_looks_as_documented() {
    let sandbox = Sandbox::builder()
        .next_links(NextLinks::Absolute)
        .start()
        .unwrap();
    let token = token(&sandbox, &service(&sandbox, "read"), "read");
    let path = "General_Products_Products?$top=2&$select=PartNumber,Name&$count=true";
    let answer = call(&sandbox, "GET", path, &token, "");
    assert_eq!(answer.header("odata-version"), Some("4.0"));
    assert!(
        answer
            .header("content-type")
            .unwrap()
            .starts_with("application/json;odata.metadata=minimal")
    );
    let page = answer.json();
    let root = sandbox.odata_root();
    assert_eq!(
        page["@odata.context"],
        format!("{root}$metadata#General_Products_Products")
    );
    assert_eq!(page["@odata.count"], 40);
    assert!(
        page["@odata.nextLink"]
            .as_str()
            .unwrap()
            .starts_with(&format!("{root}General_Products_Products?%24top=2&"))
    );
    let row = page["value"][0].as_object().unwrap();
    let id = row["@odata.id"].as_str().unwrap();
    assert_eq!(row.len(), 3);
    assert!(row["Name"]["EN"].is_string() && row["Name"]["BG"].is_string());
    let single = call(
        &sandbox,
        "GET",
        &format!("{id}?$select=Id,PartNumber"),
        &token,
        "",
    )
    .json();
    assert_eq!(single["PartNumber"], row["PartNumber"]);
    assert!(id.contains(single["Id"].as_str().unwrap()));
    let count = call(
        &sandbox,
        "GET",
        "General_Products_Products/$count",
        &token,
        "",
    );
    assert_eq!(count.body, b"40");
}

#[test]
fn auth_032_version_service_document_and_schema() {
    let sandbox = Sandbox::start().unwrap();
    let token = token(&sandbox, &service(&sandbox, "read"), "read");
    let version = call(&sandbox, "GET", "GetVersion", &token, "").json();
    assert_eq!(version["version"], erpnet_sandbox::VERSION);
    let service = call(&sandbox, "GET", "", &token, "").json();
    assert_eq!(service["value"].as_array().unwrap().len(), 3);
    let schema = call(&sandbox, "GET", "$metadata", &token, "");
    assert_eq!(schema.header("content-type"), Some("application/xml"));
}

#[test]
fn auth_286_287_rows_are_created_changed_and_deleted() {
    let now = Timestamp::from_unix_seconds(1_766_505_147);
    let sandbox = Sandbox::builder().clock(Clock::fixed(now)).start().unwrap();
    let token = token(&sandbox, &service(&sandbox, "read update"), "read update");
    let call = |method: &str, path: &str, body: Value| {
        call(&sandbox, method, path, &token, &body.to_string())
    };
    let company = "General_Contacts_Companies(edf2bd2a-7e4d-e111-a06c-00155d00050a)";
    let made = call(
        "POST",
        "Crm_Customers",
        json!({ "Party": { "@odata.id": company }, "GracePeriodDays": 5, "ObjectVersion": 7 }),
    );
    assert_eq!(made.status, 201);
    let made = made.json();
    assert_eq!(
        (&made["Number"], &made["Active"]),
        (&json!("000026"), &json!(true))
    );
    let id = made["@odata.id"].as_str().unwrap();

    assert_eq!(
        call(
            "PATCH",
            id,
            json!({ "GracePeriodDays": 9, "ObjectVersion": 1 })
        )
        .status,
        204
    );
    assert_eq!(
        call(
            "PATCH",
            id,
            json!({ "GracePeriodDays": 1, "ObjectVersion": 1 })
        )
        .status,
        500
    );
    let now = call(
        "GET",
        &format!("{id}?$select=GracePeriodDays,ObjectVersion,AggregateLastUpdateTimeUtc"),
        json!({}),
    )
    .json();
    assert_eq!(
        (&now["GracePeriodDays"], &now["ObjectVersion"]),
        (&json!(9), &json!(2))
    );
    assert_eq!(now["AggregateLastUpdateTimeUtc"], "2025-12-23T15:52:27Z");

    // Ids are the same in either case.
    let bound = id
        .to_uppercase()
        .replacen("CRM_CUSTOMERS", "Crm_Customers", 1);
    let document = "General_DocumentTypes(469b67b1-8b4b-4fb4-9d97-20c96105a85a)";
    let owner = "General_EnterpriseCompanies(b0e80577-fbbe-4c9b-811e-20b6c6dd465f)";
    let order = json!({
        "Customer@odata.bind": bound,
        "DocumentType": { "@odata.id": document },
        "EnterpriseCompany": { "@odata.id": owner },
    });
    let order = call("POST", "Crm_Sales_SalesOrders", order).json();
    assert_eq!(
        (&order["State"], &order["DocumentDate"]),
        (&json!("New"), &json!("2025-12-23T00:00:00Z"))
    );
    assert_eq!(order["Customer"]["@odata.id"], *id);
    let order = order["@odata.id"].as_str().unwrap();

    assert_eq!(
        call("DELETE", id, json!({})).status,
        500,
        "an order refers to it"
    );
    assert_eq!(call("DELETE", order, json!({})).status, 204);
    assert_eq!(call("DELETE", id, json!({})).status, 204);
    assert_eq!(call("GET", id, json!({})).status, 404);
}

#[test]
fn auth_274_bad_writes_are_refused_and_change_nothing() {
    let sandbox = Sandbox::start().unwrap();
    let token = token(&sandbox, &service(&sandbox, "read update"), "read update");
    let company =
        json!({ "@odata.id": "General_Contacts_Companies(edf2bd2a-7e4d-e111-a06c-00155d00050a)" });
    for body in [
        json!({}),
        json!([]),
        json!({ "Party": null }),
        json!({ "Party": company, "Number": 5 }),
        json!({ "Party": company, "Number": "x".repeat(17) }),
        json!({ "Party": company, "Nope": 1 }),
        json!({ "Party": company, "DisplayText": "x" }),
        json!({ "Party": { "@odata.id": "Crm_Customers(1)" } }),
    ] {
        let answer = call(&sandbox, "POST", "Crm_Customers", &token, &body.to_string());
        assert_eq!(answer.status, 500, "{body}");
        assert!(answer.json()["error"]["message"].is_string());
    }
    assert_eq!(
        call(&sandbox, "GET", "Crm_Customers/$count", &token, "").body,
        b"25"
    );
    assert_eq!(
        call(&sandbox, "PUT", "Crm_Customers", &token, "{}").status,
        405
    );
    assert_eq!(
        call(&sandbox, "POST", "GetVersion", &token, "{}").status,
        405
    );
}

#[test]
fn auth_230_231_reference_tokens_travel_in_one_header() {
    let sandbox = Sandbox::start().unwrap();
    let app = sandbox
        .register(Application::automation("robot").scopes("read update"))
        .unwrap();
    let issue = |scopes| {
        sandbox.issue_reference_token(
            &app.client_id,
            ReferenceTokenKind::Service,
            Caller::Administrator,
            scopes,
        )
    };
    let pat = issue("read").unwrap();
    assert!(pat.has_usual_length());
    let value = pat.expose();
    let bearer = format!("Bearer {value}");
    let status = |headers: &[(&str, &str)]| {
        send(&sandbox, "GET", &format!("{ODATA}GetVersion"), headers, b"").status
    };
    for (name, sent) in [
        ("Authorization", bearer.as_str()),
        ("X-Api-Key", value),
        ("Api-Key", value),
        ("X-API-KEY", value),
    ] {
        assert_eq!(status(&[(name, sent)]), 200, "{name}");
    }
    for both in [
        [("Authorization", bearer.as_str()), ("X-Api-Key", value)],
        [("X-Api-Key", value), ("Api-Key", value)],
        [
            ("Authorization", bearer.as_str()),
            ("Authorization", bearer.as_str()),
        ],
    ] {
        assert_eq!(status(&both), 400);
    }
    let jwt = sandbox.sign_token(
        json!({}),
        sandbox.service_claims(&app.client_id, "read").unwrap(),
    );
    assert_eq!(
        status(&[("X-Api-Key", jwt.as_str())]),
        401,
        "an api key is never a jwt"
    );
    let dotted = "Bearer enrt_a.b.c";
    assert_eq!(status(&[("Authorization", dotted)]), 401);
    assert_eq!(
        call(&sandbox, "POST", "Crm_Customers", value, "{}").status,
        403
    );
    assert!(sandbox.revoke_reference_token(&pat));
    assert!(!sandbox.revoke_reference_token(&pat));
    assert_eq!(status(&[("X-Api-Key", value)]), 401);
}

#[test]
fn auth_242_reference_tokens_follow_the_record() {
    let clock = Clock::fixed(Timestamp::from_unix_seconds(1_766_505_147));
    let sandbox = Sandbox::builder().clock(clock.clone()).start().unwrap();
    let app =
        Application::automation("robot").reference_tokens(ReferenceTokenPolicy::AuthenticatedUsers);
    let id = sandbox.register(app).unwrap().client_id;
    let pat = sandbox
        .issue_reference_token(&id, ReferenceTokenKind::Personal, Caller::User, "read")
        .unwrap();
    let status = || call(&sandbox, "GET", "GetVersion", pat.expose(), "").status;
    let set = |change: fn(&mut Application)| sandbox.update(&id, change).unwrap();
    assert_eq!(status(), 200);
    set(|app| app.reference_tokens = ReferenceTokenPolicy::AdministratorsOnly);
    assert_eq!(status(), 401);
    set(|app| app.reference_tokens = ReferenceTokenPolicy::AuthenticatedUsers);
    set(|app| app.scope = "update".into());
    assert_eq!(status(), 403);
    set(|app| app.scope = "read".into());
    set(|app| app.enabled = false);
    assert_eq!(status(), 401);
    set(|app| app.enabled = true);
    assert_eq!(status(), 200);
    clock.advance(erpnet_sandbox::REFERENCE_TOKEN_LIFETIME - Duration::from_millis(1));
    assert_eq!(status(), 200);
    clock.advance(Duration::from_millis(1));
    assert_eq!(status(), 401);
}

#[test]
fn auth_155_tokens_are_issued_within_the_record() {
    let sandbox = Sandbox::start().unwrap();
    let id = sandbox
        .register(Application::automation("robot"))
        .unwrap()
        .client_id;
    for (caller, scopes) in [
        (Caller::User, "read"),
        (Caller::Administrator, ""),
        (Caller::Administrator, "read update"),
    ] {
        let refused =
            sandbox.issue_reference_token(&id, ReferenceTokenKind::Personal, caller, scopes);
        assert!(matches!(refused, Err(SandboxError::NotIssued { .. })));
    }
}

#[test]
fn auth_221_244_services_have_no_profile() {
    let sandbox = Sandbox::start().unwrap();
    let app = sandbox.register(Application::automation("robot")).unwrap();
    let me = |token: &str| {
        let bearer = format!("Bearer {token}");
        send(
            &sandbox,
            "GET",
            "/profile/me",
            &[("Authorization", bearer.as_str())],
            b"",
        )
        .status
    };
    let issue = |kind| {
        sandbox
            .issue_reference_token(&app.client_id, kind, Caller::Administrator, "read")
            .unwrap()
    };
    assert_eq!(get(&sandbox, "/profile/me").status, 401);
    assert_eq!(me(&token(&sandbox, &app, "read")), 403);
    assert_eq!(me(issue(ReferenceTokenKind::Service).expose()), 403);
    assert_eq!(me(issue(ReferenceTokenKind::Personal).expose()), 200);
}
