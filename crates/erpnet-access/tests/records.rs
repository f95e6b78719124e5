//! Records in and out: as the Domain API spells them, and as nobody should.

use erpnet_access::record::{Field, MAX_ADDITIONAL_DATA, MultiText};
use erpnet_access::{ClientType, ReferenceTokenPolicy, TrustedApplication};
use proptest::prelude::*;
use serde_json::{Value, json};

fn full() -> Value {
    json!({
        "Id": "5e1b0d3c-0000-4000-8000-000000000001",
        "ApplicationUri": "com.example/app",
        "Name": {"EN": "Example", "BG": "Пример"},
        "ClientType": "Confidential",
        "ApplicationSecretHash": "T/AGymuI51LwjLeIFxRQXOs9IHnupDKs/ajhWODR2C4=",
        "IsEnabled": false,
        "ImpersonateAsInternalUserAllowed": true,
        "ImpersonateAsCommunityUserAllowed": false,
        "ImpersonateLoginUrl": "https://a.example/cb,https://b.example/cb",
        "ImpersonateLogoutUrl": null,
        "SystemUserAllowed": true,
        "SystemUser": {"@odata.id": "Systems_Security_Users(cc314327-3d04-477f-ac53-cde19d8350e9)"},
        "SystemUserLoginUrl": null,
        "Scope": "read update",
        "ReferenceTokens": "AdministratorsOnly",
        "BasicAuthenticationAllowed": false,
        "CreationTimeUtc": "2026-01-21T14:34:09.6573137Z",
        "Notes": "x",
        "Authorizations": [{"IsRevoked": true, "ValidFromUtc": "2026-01-01T00:00:00Z", "ValidUntilUtc": null}],
        "ObjectVersion": 7,
        "ExternalId": null,
        "ExternalSystem": "s",
        "AggregateLastUpdateTimeUtc": "2026-01-22T00:00:00Z",
        "AdditionalDataJson": "{}",
        "DisplayText": "Example",
        "FutureMember": [1, {"x": null}]
    })
}

#[test]
fn every_attribute_survives_a_round_trip() {
    let value = full();
    for field in Field::ALL {
        assert!(
            value.get(field.name()).is_some(),
            "{field} is missing from the test"
        );
    }
    let parsed = TrustedApplication::from_json(value.clone());
    assert_eq!(parsed.problems, []);
    assert_eq!(parsed.record.to_json(), value);
    assert_eq!(serde_json::to_value(&parsed.record).unwrap(), value);
    assert_eq!(
        parsed.record.system_user.as_ref().unwrap().id(),
        Some("cc314327-3d04-477f-ac53-cde19d8350e9")
    );
    assert!(parsed.record.authorizations[0].is_revoked());
    assert!(matches!(parsed.record.name, MultiText::ByLanguage(_)));
    assert!(
        !format!("{:?}", parsed.record).contains("T/AGym"),
        "AUTH-115: hashes are not shown"
    );
}

#[test]
fn auth_131_creation_bodies_round_trip_without_additions() {
    for body in [
        json!({"ApplicationUri": "A", "Name": "a", "ClientType": "Confidential", "SystemUserAllowed": false}),
        json!({"ApplicationUri": "A", "Name": "a", "ClientType": "Public", "ImpersonateAsInternalUserAllowed": true,
               "ImpersonateLoginUrl": "http://localhost:5080/signin-oidc", "ImpersonateLogoutUrl": ""}),
    ] {
        let parsed = TrustedApplication::from_json(body.clone());
        assert_eq!((parsed.problems.len(), parsed.record.to_json()), (0, body));
    }
}

#[test]
fn auth_109_g03_both_names_of_the_policy() {
    for name in ["ReferenceTokens", "AccessTokens"] {
        let body =
            json!({"ApplicationUri": "A", "ClientType": "Public", name: "AuthenticatedUsers"});
        let parsed = TrustedApplication::from_json(body.clone());
        assert_eq!(parsed.problems, []);
        assert_eq!(
            parsed.record.reference_tokens,
            ReferenceTokenPolicy::AuthenticatedUsers
        );
        assert_eq!(parsed.record.to_json(), body);
    }
    let both = json!({"ApplicationUri": "A", "ClientType": "Public", "ReferenceTokens": "None", "AccessTokens": "AdministratorsOnly"});
    let parsed = TrustedApplication::from_json(both.clone());
    assert_eq!(parsed.problems.len(), 1, "contradictory names");
    assert_eq!(parsed.record.reference_tokens, ReferenceTokenPolicy::None);
    assert_eq!(parsed.record.to_json(), both);
}

#[test]
fn every_problem_is_reported_at_once_and_nothing_is_lost() {
    let bad = json!({
        "ApplicationUri": 7,
        "Name": ["x"],
        "ClientType": "Secret",
        "ApplicationSecretHash": 12,
        "IsEnabled": "yes",
        "ImpersonateLoginUrl": ["https://a.example/cb"],
        "SystemUser": 3,
        "SystemUserAllowed": null,
        "Scope": {"read": true},
        "ReferenceTokens": "Everybody",
        "CreationTimeUtc": "2026-13-01T00:00:00Z",
        "ObjectVersion": 1.5,
        "Authorizations": [3, {"IsRevoked": "no", "ValidFromUtc": "soon"}],
        "AdditionalDataJson": "x".repeat(MAX_ADDITIONAL_DATA + 1)
    });
    let parsed = TrustedApplication::from_json(bad.clone());
    let paths: Vec<&str> = parsed
        .problems
        .iter()
        .map(|problem| problem.path.as_str())
        .collect();
    for path in [
        "ApplicationUri",
        "Name",
        "ClientType",
        "ApplicationSecretHash",
        "IsEnabled",
        "ImpersonateLoginUrl",
        "SystemUser",
        "SystemUserAllowed",
        "Scope",
        "ReferenceTokens",
        "CreationTimeUtc",
        "ObjectVersion",
        "Authorizations[0]",
        "Authorizations[1].IsRevoked",
        "Authorizations[1].ValidFromUtc",
        "AdditionalDataJson",
    ] {
        assert!(paths.contains(&path), "{path} is not among {paths:?}");
    }
    assert_eq!(paths.len(), 16, "{paths:?}");
    assert_eq!(parsed.record.to_json(), bad);
    // What is set afterwards wins.
    let mut record = parsed.record;
    record.client_type = ClientType::Public;
    record.scope = "read".to_owned();
    assert_eq!(
        (&record.to_json()["ClientType"], &record.to_json()["Scope"]),
        (&json!("Public"), &json!("read"))
    );
}

#[test]
fn additional_data_has_a_limit() {
    for (length, problems) in [
        (MAX_ADDITIONAL_DATA - 1, 0),
        (MAX_ADDITIONAL_DATA, 0),
        (MAX_ADDITIONAL_DATA + 1, 1),
    ] {
        let body = json!({"ApplicationUri": "A", "AdditionalDataJson": "x".repeat(length)});
        assert_eq!(
            TrustedApplication::from_json(body).problems.len(),
            problems,
            "{length}"
        );
    }
}

#[test]
fn text_that_is_no_record() {
    for text in ["", "{", "[]", "7", "null", "{\"a\":1}x"] {
        let parsed = TrustedApplication::from_json_str(text);
        assert_eq!(parsed.problems.len(), 1, "{text}");
        assert!(
            parsed.problems[0]
                .to_string()
                .starts_with("expected a JSON object, found "),
            "{}",
            parsed.problems[0]
        );
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~а-я]{0,12}".prop_map(Value::from),
        Just(json!("Public")),
        Just(json!("AdministratorsOnly")),
        Just(json!("2026-01-21T14:34:09Z")),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map("[a-zA-Z]{1,5}", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_object_survives(members in proptest::collection::btree_map(
        prop_oneof![
            proptest::sample::select(Field::ALL).prop_map(|field| field.name().to_owned()),
            Just("AccessTokens".to_owned()),
            "[A-Za-z]{1,8}",
        ],
        any_value(),
        0..12,
    )) {
        let mut value = Value::Object(members.into_iter().collect());
        let parsed = TrustedApplication::from_json(value.clone());
        let written = parsed.record.to_json();
        // Enums are written in their own case, and `ClientType` is always written.
        for name in ["ClientType", "ReferenceTokens", "AccessTokens"] {
            let object = value.as_object_mut().unwrap();
            let same = |a: &Value, b: &Value| match (a.as_str(), b.as_str()) {
                (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
                _ => a == b,
            };
            match (object.get(name), written.get(name)) {
                (Some(before), Some(after)) => prop_assert!(same(before, after) || before.is_null()),
                (before, after) => prop_assert!(before.is_none() && (after.is_none() || name == "ClientType")),
            }
            object.remove(name);
        }
        for (name, before) in value.as_object().unwrap() {
            prop_assert_eq!(Some(before), written.get(name), "{}", name);
        }
        // Reading what was written changes nothing.
        prop_assert_eq!(TrustedApplication::from_json(written.clone()).record.to_json(), written);
    }
}
