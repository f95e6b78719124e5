//! Clients that nobody here wrote.
use std::process::Command;

use erpnet_tests::browser_lite::Browser;
use erpnet_tests::peers::{Peer, Provider, Tool, npm_project, python_project, ready};
use serde_json::{Value, json};

fn converse(
    mut peer: Peer,
    setup: &Value,
    browser: &mut Browser,
    answers: &[(&str, &str)],
) -> Value {
    peer.say(setup);
    loop {
        let mut heard = peer.hear();
        if let Some(url) = heard["open"].as_str() {
            let callback = browser.sign_in(url, answers);
            peer.say(&json!({ "url": callback.url.as_str(), "body": callback.body() }));
        } else {
            let done = heard["done"].take();
            peer.end();
            return done;
        }
    }
}

fn openid_client() -> Peer {
    Peer::start(
        "openid-client",
        Command::new("node")
            .arg("client.mjs")
            .current_dir(npm_project("openid-client")),
    )
}
fn authlib() -> Peer {
    let folder = python_project("authlib");
    Peer::start(
        "authlib",
        Command::new(folder.join("venv/bin/python"))
            .arg("client.py")
            .current_dir(&folder),
    )
}

#[test]
fn at_provider() {
    let p = Provider::start().unwrap();
    assert!(ready(&[Tool::Node]));
    for peer in [openid_client as fn() -> Peer, authlib, rust] {
        for (name, flow, scope) in [
            ("web", "code", "openid profile read offline_access"),
            (
                "hybrid",
                "code id_token",
                "openid profile read offline_access",
            ),
            ("desktop", "code", "openid profile"),
        ] {
            let known = p.client(name);
            let setup = json!({"issuer": p.issuer, "flow": flow, "client_id": known.id, "client_secret": known.secret, "redirect_uri": known.redirect_uri,
            "post_logout_redirect_uri": known.post_logout_redirect_uri, "scope": scope});
            let mut browser = Browser::new(
                &[&known.redirect_uri, &known.post_logout_redirect_uri],
                None,
            );
            println!(
                "{}",
                converse(
                    peer(),
                    &setup,
                    &mut browser,
                    &[("login", "jane"), ("password", "x")]
                )
            );
        }
    }
}

fn rust() -> Peer {
    Peer::start("rust", &mut Command::new(erpnet_tests::peers::cargo_project("rust-openidconnect")))
}
