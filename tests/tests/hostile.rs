//! Servers that misbehave, at every stage, through every driver that has sockets: the verdict, the time, and that no
//! secret went anywhere.
#![expect(
    clippy::semicolon_if_nothing_returned,
    reason = "a table reads better without"
)]

use std::sync::LazyLock;

use erpnet::Reason;
use erpnet_tests::bomb;
use erpnet_tests::caller::reason_name;
use erpnet_tests::drivers::{self, Setting};
use erpnet_tests::hostile::{Connection, Hostile, Stage};
use erpnet_tests::hostile_table::{Behave, PAGE, REDIRECT, STATUS, Verdict, class, meet};
use erpnet_tests::instance::{self, SECRET};

#[test]
fn the_proper_instance_is_accepted() {
    for stage in Stage::ALL {
        for driver in drivers::real() {
            // It misbehaves at no stage that is asked.
            let other = if stage == Stage::Api {
                Stage::Keys
            } else {
                Stage::Api
            };
            let server = Hostile::start(
                other,
                Box::new(|c| {
                    c.read();
                    c.keep_silent();
                }),
            );
            let caller = driver
                .connect(instance::app(server.root()), &Setting::default())
                .unwrap();
            let result = caller.call(&stage.action(server.root()));
            match stage {
                // The token is of the time of the conversations, and expired.
                Stage::Keys => assert_eq!(reason_name(result.unwrap_err().reason()), "Token"),
                _ => drop(result.unwrap()),
            }
        }
    }
}

#[test]
fn auth_063_338_bodies_that_are_no_documents() {
    class("an HTML page", &PAGE, |c, _| {
        c.answer(
            "200 OK\r\nContent-Type: text/html",
            "<!DOCTYPE html><html>sign in</html>",
        );
    });
    class("HTML that says it is JSON", &PAGE, |c, _| {
        c.answer(
            "200 OK\r\nContent-Type: application/json",
            " \n<html>sign in</html>",
        );
    });
    class("broken JSON that says it is HTML", &PAGE, |c, _| {
        c.answer("200 OK\r\nContent-Type: text/html", r#"{"value":"x","#);
    });
    class("an empty body", &PAGE, |c, _| {
        c.answer("200 OK\r\nContent-Type: application/json", "")
    });
    class("a status of no content", &PAGE, |c, _| {
        c.read();
        c.write("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    });
    class("JSON that breaks off", &PAGE, |c, _| {
        c.answer(
            "200 OK\r\nContent-Type: application/json",
            r#"{"access_token":"ab"#,
        );
    });
    class("a byte order mark", &PAGE, |c, _| {
        c.answer("200 OK", b"\xef\xbb\xbf{}")
    });
    class("UTF-16", &PAGE, |c, _| {
        c.answer("200 OK", b"\xff\xfe{\0}\0")
    });
    class("bytes that are no UTF-8", &PAGE, |c, _| {
        c.answer("200 OK", b"{\"issuer\":\"\xff\xff\"}x")
    });
    class("trailing bytes", &PAGE, |c, _| c.answer("200 OK", "{}{}"));
    class("compression nobody asked for", &PAGE, |c, _| {
        let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0\x43\xbf\xa6\xa3\x02\0\0\0";
        c.answer(
            "200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip",
            gzip,
        );
    });
}

/// What is compressed is not unpacked: it was not asked for, and its size is not bounded by what comes.
#[test]
fn compressed_bombs() {
    static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| bomb::gzip(4 << 20));
    LazyLock::force(&BOMB);
    for (name, behave) in [
        ("gzip", (|c, _| c.answer(&packed("gzip"), &*BOMB)) as Behave),
        ("x-gzip", |c, _| c.answer(&packed("x-gzip"), &*BOMB)),
        ("deflate", |c, _| c.answer(&packed("deflate"), &BOMB[10..])),
        ("br", |c, _| c.answer(&packed("br"), &*BOMB)),
        ("zstd", |c, _| c.answer(&packed("zstd"), &*BOMB)),
        ("twice", |c, _| c.answer(&packed("gzip, gzip"), &*BOMB)),
    ] {
        class(name, &PAGE, behave);
    }
}

fn packed(how: &str) -> String {
    format!("200 OK\r\nContent-Type: application/json\r\nContent-Encoding: {how}")
}

#[test]
fn json_of_another_shape() {
    let verdict = Verdict::Reasons([
        "NotAnInstance",
        "NotAnIdentityServer",
        "NotJson",
        "NotJson",
        "NotJson",
    ]);
    for (name, behave) in [
        ("an array", (|c, _| c.answer("200 OK", "[]")) as Behave),
        ("a text", |c, _| c.answer("200 OK", r#""text""#)),
        ("a number", |c, _| c.answer("200 OK", "7")),
        ("null", |c, _| c.answer("200 OK", "null")),
        ("nesting without end", |c, _| {
            c.answer("200 OK", "[".repeat(100_000) + &"]".repeat(100_000));
        }),
    ] {
        class(name, &verdict, behave);
    }
    let verdict = Verdict::Reasons([
        "NotAnInstance",
        "MetadataInvalid",
        "KeysInvalid",
        "TokenResponseInvalid",
        "NotJson",
    ]);
    class("nesting in an object", &verdict, |c, _| {
        c.answer(
            "200 OK",
            "{\"keys\":".repeat(20_000) + "1" + &"}".repeat(20_000),
        );
    });
}

#[test]
fn auth_336_errors_in_the_form_of_oauth() {
    // At the token endpoint a verdict with 200 and 4xx; elsewhere a document of another shape.
    let verdict = Verdict::Reasons([
        "NotAnInstance",
        "MetadataInvalid",
        "KeysInvalid",
        "OAuth",
        "Skip",
    ]);
    for (number, stage) in Stage::ALL.into_iter().enumerate().take(4) {
        for driver in drivers::real() {
            let error = meet(
                driver.as_ref(),
                stage,
                |c, _| c.answer("200 OK", r#"{"error":"invalid_client"}"#),
                "a 200",
            );
            let Verdict::Reasons(reasons) = &verdict else {
                unreachable!()
            };
            assert_eq!(
                reason_name(error.unwrap_err().reason()),
                reasons[number],
                "{stage:?} {}",
                driver.name()
            );
        }
    }
    for (name, behave) in [
        (
            "500",
            (|c, _| {
                c.answer(
                    "500 X\r\nContent-Type: application/json",
                    r#"{"error":"invalid_grant"}"#,
                )
            }) as Behave,
        ),
        ("502", |c, _| {
            c.answer("502 X", r#"{"error":"invalid_client"}"#)
        }),
        ("503", |c, _| {
            c.answer(
                "503 X\r\nRetry-After: 86400",
                r#"{"error":"invalid_scope"}"#,
            )
        }),
        ("504", |c, _| c.answer("504 X\r\nRetry-After: -1", "")),
        ("599", |c, _| c.answer("599 X", "<html>")),
    ] {
        class(name, &STATUS, behave);
    }
    for driver in drivers::real() {
        let echo = meet(driver.as_ref(), Stage::Token, |c, _| {
            let long = "x".repeat(100_000);
            c.answer("400 X", format!("{{\"error\":\"{long}\",\"error_description\":\"\\u001b[2J{SECRET}\\r\\n{long}\"}}"));
        }, "an error that echoes the secret").unwrap_err();
        assert!(matches!(echo.reason(), Reason::OAuth(_)), "{echo}");
    }
}

#[test]
fn auth_265_redirects_are_not_followed() {
    class("301", &REDIRECT, |c, to| {
        c.answer(&format!("301 X\r\nLocation: {to}/a?b=c"), "")
    });
    class("302", &REDIRECT, |c, to| {
        c.answer(&format!("302 X\r\nLocation: {to}/"), "")
    });
    class("303", &REDIRECT, |c, to| {
        c.answer(&format!("303 X\r\nLocation: {to}/"), "")
    });
    class("307", &REDIRECT, |c, to| {
        c.answer(&format!("307 X\r\nLocation: {to}/"), "")
    });
    class("308", &REDIRECT, |c, to| {
        c.answer(&format!("308 X\r\nLocation: {to}/"), "")
    });
    class("300", &REDIRECT, |c, to| {
        c.answer(&format!("300 X\r\nLocation: {to}/"), "")
    });
    class("305", &REDIRECT, |c, to| {
        c.answer(&format!("305 X\r\nLocation: {to}/"), "")
    });
    class("399", &REDIRECT, |c, to| {
        c.answer(&format!("399 X\r\nLocation: {to}/"), "")
    });
    for (name, behave) in [
        ("301", (|c, _| to_itself(c, 301)) as Behave),
        ("303", |c, _| to_itself(c, 303)),
        ("307", |c, _| to_itself(c, 307)),
        ("308", |c, _| to_itself(c, 308)),
    ] {
        class(&format!("{name} to the same origin"), &REDIRECT, behave);
    }
    class("302 to itself", &REDIRECT, |c, _| {
        c.answer("302 X\r\nLocation: /elsewhere", "")
    });
    class("302 to nowhere", &REDIRECT, |c, _| c.answer("302 X", ""));
    class("302 to no URL", &REDIRECT, |c, _| {
        c.answer("302 X\r\nLocation: http://[", "")
    });
    class("a refresh header", &PAGE, |c, to| {
        c.answer(&format!("200 X\r\nRefresh: 0; url={to}/"), "")
    });
}

/// To the very path that was asked: who follows would go round and round, with what he carries.
fn to_itself(c: &mut Connection<'_>, status: u16) {
    let to = format!("{}{}", c.root, c.asked());
    c.answer(&format!("{status} X\r\nLocation: {to}"), "");
}

/// What is JSON under the wrong label is read all the same, at every stage: the label is not the document.
#[test]
fn json_under_the_wrong_label_is_read() {
    for driver in drivers::real() {
        let api: Behave = |c, _| c.answer("200 OK\r\nContent-Type: text/html", r#"{"value":[]}"#);
        let answer = meet(driver.as_ref(), Stage::Api, api, driver.name()).unwrap();
        assert_eq!(
            answer,
            serde_json::json!({"value": []}),
            "{}",
            driver.name()
        );
        let metadata: Behave =
            |c, _| c.answer("200 OK\r\nContent-Type: text/html", r#"{"issuer":"y"}"#);
        let error = meet(driver.as_ref(), Stage::Metadata, metadata, driver.name()).unwrap_err();
        assert_eq!(
            reason_name(error.reason()),
            "IssuerMismatch",
            "{}",
            driver.name()
        );
    }
}
