//! `/me` of the Profile site, wherever that is, with tokens that may ask for it.

use erpnet_types::ReferenceTokenKind;
use serde_json::Value;

use super::*;
use crate::profile::ProfileMe;

const ID: &str = "2e91c669-1c96-4e42-bafb-663d883abca1";

/// The documented answer.
fn me() -> Value {
    let site = format!("{ROOT}/me-site");
    json!({
        "id": ID, "login": "john.smith", "name": "John Smith", "email": "john.smith@example.com",
        "phoneNumber": "+359000000000", "isAdmin": false, "isActive": true, "userType": "InternalUser",
        "preferredLanguage": "en", "pictureUrl": format!("{site}/me/picture/64"),
        "largePictureUrl": format!("{site}/me/picture/128"),
        "person": { "id": "fd2e789e-9f0f-4f31-910b-9209acdd038f", "name": "John Smith" },
        "domain": { "id": "79c465c7-1368-45b2-b4a9-775a63801dbe", "name": "default" },
        "instance": { "database": "E1_DEV-1 Test", "url": ROOT },
        "links": { "profile": site, "changePassword": format!("{site}/security/password"),
            "accessTokens": format!("{site}/security/tokens"), "devices": format!("{site}/devices") },
    })
}

fn world(answer: &Value) -> World {
    let mut world = World::new();
    let sites = json!({"WebSites": [
        {"Type": "DomainAPI", "Status": "Working", "Url": format!("{ROOT}/api")},
        {"Type": "UserProfile", "Status": "Working", "Url": format!("{ROOT}/me-site")},
    ]});
    world.answer("/tools/auto-discovery", 200, &sites);
    world.answer("/me-site/me", 200, answer);
    world
}

fn with_token(kind: ReferenceTokenKind) -> Connection {
    let demodb = Instance::parse("demodb").unwrap();
    let token = ReferenceToken::new(demodb, format!("enrt_{}", "0A".repeat(32))).unwrap();
    Connection::new(token.with_kind(kind), Entropy::from_bytes([1; 32])).unwrap()
}

fn ask(world: &mut World, connection: &mut Connection) -> Result<ProfileMe, Error> {
    let mut trip = world.resolve(connection, |c, now| c.call(&ApiRequest::me(), now))?;
    let reply = world.drive(&mut trip)?;
    ProfileMe::read(&reply, &Instance::parse("demodb").unwrap())
}

#[test]
fn auth_029_244_301_a_pat_reads_me_at_the_place_that_discovery_names() {
    let mut world = world(&me());
    let mut connection = with_token(ReferenceTokenKind::Personal);
    let me = ask(&mut world, &mut connection).unwrap();
    assert_eq!(world.asked, ["/tools/auto-discovery", "/me-site/me"]);
    assert_eq!(
        (me.login.as_str(), me.is_admin),
        ("john.smith", Some(false))
    );
    assert_eq!(me.user_type(), erpnet_access::UserType::Internal);
    let tokens = me
        .links
        .as_ref()
        .and_then(|links| links.access_tokens.as_deref());
    assert!(tokens.is_some_and(|url| url.ends_with("/security/tokens")));
    let identity = me.identity("https://demodb.my.erp.net/id");
    assert_eq!(identity.id(), Some(ID), "AUTH-252");
    // Who does not say what the token is has it tried.
    assert!(ask(&mut world, &mut with_token(ReferenceTokenKind::Unknown)).is_ok());
}

#[test]
fn auth_221_244_tokens_without_a_user_are_not_sent() {
    for mut connection in [connection(), with_token(ReferenceTokenKind::Service)] {
        let mut world = world(&me());
        let error = ask(&mut world, &mut connection).unwrap_err();
        assert_eq!(*error.reason(), Reason::NeedsUser);
        assert!(error.advice().contains("PAT"));
        assert!(world.asked.is_empty(), "{:?}", world.asked);
    }
}

#[test]
fn auth_301_what_may_be_absent() {
    for name in [
        "email",
        "phoneNumber",
        "isAdmin",
        "isActive",
        "userType",
        "preferredLanguage",
        "pictureUrl",
        "largePictureUrl",
        "person",
        "domain",
        "links",
    ] {
        let mut null = me();
        null[name] = Value::Null;
        let mut absent = me();
        absent.as_object_mut().unwrap().remove(name);
        for answer in [null, absent] {
            let read = ask(
                &mut world(&answer),
                &mut with_token(ReferenceTokenKind::Personal),
            );
            assert!(read.is_ok(), "{name}: {read:?}");
        }
    }
    for name in ["id", "login", "name", "instance"] {
        let mut answer = me();
        answer.as_object_mut().unwrap().remove(name);
        let read = ask(
            &mut world(&answer),
            &mut with_token(ReferenceTokenKind::Personal),
        );
        let error = read.unwrap_err();
        assert!(
            matches!(error.reason(), Reason::NotJson { .. }),
            "{name}: {error}"
        );
        assert!(error.to_string().contains(name), "{error}");
    }
    let mut answer = me();
    answer["userType"] = json!("Robot");
    answer["surprise"] = json!([1]);
    let read = ask(
        &mut world(&answer),
        &mut with_token(ReferenceTokenKind::Personal),
    )
    .unwrap();
    assert_eq!(read.user_type_name.as_deref(), Some("Robot"), "AUTH-254");
    assert_eq!(read.user_type(), erpnet_access::UserType::Other);
}

#[test]
fn auth_303_another_instance_is_an_error() {
    for (url, same) in [
        (ROOT, true),
        ("https://demodb.my.erp.net/", true),
        ("https://DemoDB.my.erp.net", true),
        ("https://other.my.erp.net", false),
        ("http://demodb.my.erp.net", false),
        ("https://demodb.my.erp.net/sub", false),
        ("demodb", false),
        ("", false),
    ] {
        let mut answer = me();
        answer["instance"]["url"] = json!(url);
        let read = ask(
            &mut world(&answer),
            &mut with_token(ReferenceTokenKind::Personal),
        );
        match read {
            Ok(_) => assert!(same, "{url}"),
            Err(error) => {
                let foreign = matches!(error.reason(), Reason::ForeignToken { .. });
                assert!(foreign && !same, "{url}: {error}");
            }
        }
    }
}

#[test]
fn auth_029_a_missing_profile_site_is_named() {
    let mut world = World::new();
    let error = ask(&mut world, &mut with_token(ReferenceTokenKind::Personal)).unwrap_err();
    assert!(error.to_string().contains("UserProfile"), "{error}");
    let mut refused = self::world(&json!({}));
    refused.answer("/me-site/me", 403, &json!({}));
    let error = ask(&mut refused, &mut with_token(ReferenceTokenKind::Personal)).unwrap_err();
    assert!(
        matches!(error.reason(), Reason::Forbidden { .. }),
        "{error}"
    );
}
