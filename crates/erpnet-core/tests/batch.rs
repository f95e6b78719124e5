//! `$batch`, from the writes of a caller to the outcomes of its parts.

use erpnet_core::api::ApiRequest;
use erpnet_core::odata::batch::{BatchFault, MAX_CHANGES, MAX_PARTS, Outcome};
use erpnet_core::odata::{Batch, BatchPlan, Query, field};
use erpnet_core::{Entropy, Error, ErrorKind, Reason};
use proptest::prelude::*;
use serde_json::{Value, json};

const MEDIA: &str = "multipart/mixed; boundary=batchresponse_1";

fn entropy() -> Entropy {
    Entropy::from_bytes([0xab; 32])
}

/// Two reads, and a set of three writes.
fn documented() -> Batch {
    let mut batch = Batch::new();
    batch.read(
        Query::of("General_Products_Products")
            .top(2)
            .select(["PartNumber", "Name"]),
    );
    batch.read("General_Products_ProductGroups?$top=2&$select=Name,Code");
    let mut changes = batch.change_set();
    let product = changes.create(
        "General_Products_Products",
        &json!({ "PartNumber": "PRD-005" }),
    );
    changes.update(
        product,
        &json!({ "StandardCostPerLot": { "Value": 10, "Currency": "EUR" } }),
    );
    changes.create(
        product.child("Prices"),
        &json!({ "Price": { "Value": 12, "Currency": "EUR" } }),
    );
    batch
}

fn plan() -> BatchPlan {
    documented().finish(entropy()).unwrap().1
}

/// An answer made of parts: a line, then the part itself.
fn answer(parts: &[&str]) -> String {
    let mut body = String::new();
    for part in parts {
        body.push_str(&format!("--batchresponse_1\r\n{part}\r\n"));
    }
    body + "--batchresponse_1--\r\n"
}

fn http(status: &str, body: &str) -> String {
    format!(
        "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 {status}\r\nContent-Type: application/json\r\n\r\n{body}"
    )
}

fn numbered(id: u32, status: &str, body: &str) -> String {
    format!("Content-ID: {id}\r\n{}", http(status, body))
}

fn changes(parts: &[String]) -> String {
    let mut body = "Content-Type: multipart/mixed; boundary=changesetresponse_2\r\n\r\n".to_owned();
    for part in parts {
        body.push_str(&format!("--changesetresponse_2\r\n{part}\r\n"));
    }
    body + "--changesetresponse_2--"
}

fn all_written() -> String {
    changes(&[
        numbered(1, "201 Created", r#"{"Id":1}"#),
        numbered(2, "204 No Content", ""),
        numbered(3, "201 Created", "{}"),
    ])
}

fn kind(error: &Error) -> &'static str {
    error.kind().name()
}

#[test]
fn auth_288_289_the_request_is_multipart_with_change_sets() {
    let (request, _) = documented().finish(entropy()).unwrap();
    assert_eq!(
        (request.method().as_str(), request.path()),
        ("POST", "$batch")
    );
    let mark = "ab".repeat(16);
    let (outer, inner) = (format!("batch_{mark}"), format!("changeset_{mark}_2"));
    let part = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n";
    let expected = format!(
        "--{outer}\r\n{part}\r\nGET General_Products_Products?$top=2&$select=PartNumber,Name HTTP/1.1\r\n\r\n\r\n\
         --{outer}\r\n{part}\r\nGET General_Products_ProductGroups?$top=2&$select=Name,Code HTTP/1.1\r\n\r\n\r\n\
         --{outer}\r\nContent-Type: multipart/mixed; boundary={inner}\r\n\r\n\
         --{inner}\r\n{part}Content-ID: 1\r\n\r\nPOST General_Products_Products HTTP/1.1\r\nContent-Type: application/json\r\n\r\n\
         {{\"PartNumber\":\"PRD-005\"}}\r\n\
         --{inner}\r\n{part}Content-ID: 2\r\n\r\nPATCH $1 HTTP/1.1\r\nContent-Type: application/json\r\n\r\n\
         {{\"StandardCostPerLot\":{{\"Currency\":\"EUR\",\"Value\":10}}}}\r\n\
         --{inner}\r\n{part}Content-ID: 3\r\n\r\nPOST $1/Prices HTTP/1.1\r\nContent-Type: application/json\r\n\r\n\
         {{\"Price\":{{\"Currency\":\"EUR\",\"Value\":12}}}}\r\n\
         --{inner}--\r\n--{outer}--\r\n"
    );
    assert_eq!(String::from_utf8_lossy(request.bytes()), expected);
    assert_eq!(
        request.content_type(),
        format!("multipart/mixed; boundary={outer}").as_str()
    );
    let other = documented().finish(Entropy::from_bytes([1; 32])).unwrap().0;
    assert_ne!(
        other.content_type(),
        request.content_type(),
        "the boundary is the caller's entropy"
    );
}

#[test]
fn auth_288_each_part_has_a_status_of_its_own() {
    let failure = r#"{"error":{"message":"Saving failed (Constraint R17342)","code":2029,"info":"...","messageFormat":null,"parameters":null}}"#;
    let group = http("200 OK", r#"{"value":[{"Code":"2"}]}"#);
    let body = answer(&[
        &http(
            "200 OK",
            r#"{"value":[{"PartNumber":"90002"}],"@odata.nextLink":"X?$skiptoken=a"}"#,
        ),
        &group,
        &changes(&[numbered(1, "500 Internal Server Error", failure)]),
    ]);
    let reply = plan().read_body(MEDIA, body.as_bytes()).unwrap();
    let products: Value = reply.read(0).unwrap().json().unwrap();
    assert_eq!(products["value"][0]["PartNumber"], "90002");
    assert_eq!(reply.read(1).unwrap().status(), 200);
    let Some(Outcome::Changes(Err(failed))) = reply.outcome(2) else {
        panic!("{reply:?}");
    };
    assert_eq!(failed.content_id, Some(1));
    let Reason::Api(fault) = failed.error.reason() else {
        panic!("{:?}", failed.error);
    };
    assert_eq!(
        (fault.code(), fault.rule(), fault.status()),
        (2029, Some("R17342"), 500)
    );
    assert_eq!(reply.all_ok().unwrap_err().kind(), ErrorKind::Business);

    // The same with bare line feeds, and without its first delimiter, as the documentation prints it.
    let printed = body.replace("\r\n", "\n");
    let printed = printed.strip_prefix("--batchresponse_1\n").unwrap();
    let again = plan().read_body(MEDIA, printed.as_bytes()).unwrap();
    assert_eq!(
        again.read(0).unwrap().bytes(),
        reply.read(0).unwrap().bytes()
    );
    assert!(
        matches!(again.outcome(2), Some(Outcome::Changes(Err(failed))) if failed.content_id == Some(1))
    );
}

#[test]
fn auth_289_writes_are_answered_by_their_ids() {
    let reads = http("200 OK", "{}");
    let shuffled = changes(&[
        numbered(3, "201 Created", "3"),
        numbered(1, "201 Created", "1"),
        http("204 No Content", ""),
    ]);
    for (set, bodies) in [
        (all_written(), [r#"{"Id":1}"#, "", "{}"]),
        (shuffled, ["1", "", "3"]),
    ] {
        let reply = plan()
            .read_body(MEDIA, answer(&[&reads, &reads, &set]).as_bytes())
            .unwrap();
        let written = reply.changes(2).unwrap();
        let found: Vec<_> = written
            .iter()
            .map(|part| (part.content_id().unwrap(), part.bytes()))
            .collect();
        let expected: Vec<_> = (1..).zip(bodies.map(str::as_bytes)).collect();
        assert_eq!(found, expected);
        assert_eq!(reply.all_ok().unwrap().len(), 3);
    }
}

#[test]
fn missing_broken_and_extra_parts_have_typed_faults() {
    let ok = http("200 OK", "{}");
    let is = |error: &Error, expected: &BatchFault| matches!(error.reason(), Reason::Batch(fault) if fault == expected);

    // The server stopped after the first failure.
    let reply = plan()
        .read_body(MEDIA, answer(&[&http("404 Not Found", "")]).as_bytes())
        .unwrap();
    assert_eq!(kind(&reply.read(0).unwrap_err()), "not-found");
    assert!(is(
        &reply.read(1).unwrap_err(),
        &BatchFault::Missing {
            part: 1,
            change: false
        }
    ));
    let lost = reply.changes(2).unwrap_err();
    assert!(is(
        &lost,
        &BatchFault::Missing {
            part: 2,
            change: true
        }
    ));
    assert_eq!(lost.kind(), ErrorKind::OutcomeUnknown);
    assert!(lost.to_string().contains("may or may not"), "{lost}");

    // The answer breaks off.
    let whole = answer(&[&ok, &ok, &all_written()]);
    let torn = whole.split("--changesetresponse_2--").next().unwrap();
    let reply = plan().read_body(MEDIA, torn.as_bytes()).unwrap();
    assert!(reply.read(0).is_ok() && reply.read(1).is_ok());
    assert!(is(
        &reply.changes(2).unwrap_err(),
        &BatchFault::Truncated {
            part: 2,
            change: true
        }
    ));
    let torn = whole.split(&all_written()).next().unwrap();
    let reply = plan()
        .read_body(
            MEDIA,
            torn.strip_suffix("--batchresponse_1\r\n")
                .unwrap()
                .as_bytes(),
        )
        .unwrap();
    assert!(reply.read(0).is_ok());
    assert_eq!(
        reply.changes(2).unwrap_err().kind(),
        ErrorKind::OutcomeUnknown
    );

    // More than was asked.
    let reply = plan()
        .read_body(MEDIA, answer(&[&ok, &ok, &all_written(), &ok]).as_bytes())
        .unwrap();
    assert!(reply.changes(2).is_ok());
    assert!(is(
        &reply.all_ok().unwrap_err(),
        &BatchFault::Extra {
            expected: 3,
            found: 4
        }
    ));

    // Fewer, more and other writes than the set has, a set for a read, a part that is no HTTP.
    let one = numbered(1, "201 Created", "{}");
    for set in [
        changes(&[]),
        changes(std::slice::from_ref(&one)),
        changes(&[one.clone(), one.clone(), one.clone()]),
        changes(&[
            one.clone(),
            numbered(2, "204 No Content", ""),
            numbered(9, "201 Created", ""),
        ]),
        changes(&[one.clone(), one.clone(), one.clone(), one.clone()]),
        ok.clone(),
        "Content-Type: application/http\r\n\r\nnonsense".to_owned(),
    ] {
        let reply = plan()
            .read_body(
                MEDIA,
                answer(&[&all_written(), &"x".repeat(3), &set]).as_bytes(),
            )
            .unwrap();
        assert_eq!(kind(&reply.read(0).unwrap_err()), "protocol");
        assert_eq!(kind(&reply.read(1).unwrap_err()), "protocol");
        assert_eq!(
            reply.changes(2).unwrap_err().kind(),
            ErrorKind::OutcomeUnknown,
            "{set}"
        );
    }

    // A set that failed may come as one bare response.
    let reply = plan()
        .read_body(
            MEDIA,
            answer(&[&ok, &ok, &http("500 X", r#"{"code":5}"#)]).as_bytes(),
        )
        .unwrap();
    assert_eq!(kind(&reply.changes(2).unwrap_err()), "business");
    assert!(reply.read(2).is_err() && reply.changes(0).is_err() && reply.read(99).is_err());

    // No multipart at all.
    for media in ["application/json", "text/html", "", "multipart/mixed"] {
        let error = plan().read_body(media, whole.as_bytes()).unwrap_err();
        assert!(
            matches!(
                error.reason(),
                Reason::Batch(BatchFault::NotMultipart { .. })
            ),
            "{media}"
        );
    }
}

#[test]
fn auth_289_what_cannot_be_is_refused_before_sending() {
    let refused = |batch: Batch| batch.finish(entropy()).unwrap_err();
    assert!(matches!(
        refused(Batch::new()).reason(),
        Reason::Batch(BatchFault::Empty { .. })
    ));

    let mut batch = Batch::new();
    batch.change_set();
    assert!(matches!(
        refused(batch).reason(),
        Reason::Batch(BatchFault::Empty { .. })
    ));

    let mut batch = Batch::new();
    let first = batch.change_set().create("X", &json!({}));
    batch.change_set().update(first, &json!({}));
    let error = refused(batch);
    assert!(matches!(
        error.reason(),
        Reason::Batch(BatchFault::ForeignId { id: 1 })
    ));
    assert_eq!(error.kind(), ErrorKind::Config);

    for path in [
        "../id/connect/token",
        "https://evil.example/",
        "//evil.example",
        "/x",
        "a\r\nHost: b",
        "x#y",
    ] {
        let mut batch = Batch::new();
        batch.read(path);
        assert!(
            matches!(refused(batch).reason(), Reason::PathRefused { .. }),
            "{path}"
        );
        let mut batch = Batch::new();
        batch.change_set().delete(path);
        assert!(
            matches!(refused(batch).reason(), Reason::PathRefused { .. }),
            "{path}"
        );
    }
    let mut batch = Batch::new();
    let mut changes = batch.change_set();
    let created = changes.create("X", &json!({}));
    changes.create(created.child("a HTTP/1.1\r\nx: y"), &json!({}));
    assert!(matches!(
        refused(batch).reason(),
        Reason::PathRefused { .. }
    ));

    let mut batch = Batch::new();
    batch.read(Query::of("X").filter(field("a b").eq(1)));
    assert!(matches!(refused(batch).reason(), Reason::Query(_)));
    // A blank in a path cannot end the request line.
    let mut batch = Batch::new();
    batch.read("X?$filter=Name eq 'a HTTP/1.1'");
    let (request, _) = batch.finish(entropy()).unwrap();
    assert!(
        String::from_utf8_lossy(request.bytes())
            .contains("GET X?$filter=Name%20eq%20%27a%20HTTP/1.1%27 HTTP/1.1\r\n")
    );
}

#[test]
fn batches_and_change_sets_have_a_size() {
    let parts = |n: usize| {
        let mut batch = Batch::new();
        for _ in 0..n {
            batch.read("X");
        }
        batch.finish(entropy()).is_ok()
    };
    assert!(parts(MAX_PARTS - 1) && parts(MAX_PARTS) && !parts(MAX_PARTS + 1));
    let writes = |n: usize| {
        let mut batch = Batch::new();
        let mut set = batch.change_set();
        for _ in 0..n {
            set.delete("X");
        }
        batch.finish(entropy()).is_ok()
    };
    assert!(writes(MAX_CHANGES - 1) && writes(MAX_CHANGES) && !writes(MAX_CHANGES + 1));
}

#[test]
fn debug_shows_no_data() {
    let mut batch = Batch::new();
    batch.change_set().create("X", &json!({ "Name": "secret" }));
    assert!(!format!("{batch:?}").contains("secret"));
    let (request, plan) = batch.finish(entropy()).unwrap();
    assert!(!format!("{request:?}").contains("secret"));
    let set = changes(&[numbered(1, "201 Created", "secret")]);
    let reply = plan.read_body(MEDIA, answer(&[&set]).as_bytes()).unwrap();
    assert!(!format!("{reply:?}").contains("secret"));
    let _: ApiRequest = request;
}

proptest! {
    /// Whatever comes back: as many outcomes as questions, and no panic.
    #[test]
    fn any_answer_gives_an_outcome_for_each_part(body in "(--batchresponse_1(--)?|HTTP/1\\.1 200 OK|content-type: multipart/mixed; boundary=x|--x(--)?|\r\n|[a-z:]{0,5}){0,40}") {
        let reply = plan().read_body(MEDIA, body.as_bytes()).unwrap();
        prop_assert_eq!(reply.outcomes().len(), 3);
    }

    /// Bodies with anything in them come back as they were.
    #[test]
    fn bodies_survive(text in "\\PC{0,60}", lines in "[-\r\nb]{0,20}") {
        let json = serde_json::to_string(&format!("{text}{lines}")).unwrap();
        let ok = http("200 OK", &json);
        let reply = plan().read_body(MEDIA, answer(&[&ok, &ok, &all_written()]).as_bytes()).unwrap();
        prop_assert_eq!(reply.read(1).unwrap().bytes(), json.as_bytes());
    }
}
