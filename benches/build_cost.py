#!/usr/bin/env python3
"""What it costs to build a program that obtains one token as a service, and how many crates that takes.

Writes each program as a package of its own into a temporary folder, fetches its dependencies, builds it from nothing, and
prints user CPU seconds (of cargo and all that it starts) and crates as a table. Other builds on the machine disturb CPU
seconds far less than they disturb the clock; still, measure when it is idle.

usage: build_cost.py [--release] [--only NAME,..] [--keep FOLDER]
"""

import argparse
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent

ERPNET = """
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let instance = erpnet::Instance::parse("demodb")?;
    let app = erpnet::ServiceApp::new(instance, "com.example/reports", "the secret")?;
    let token = erpnet::blocking::connect(app)?.token()?;
    println!("{} characters", token.expose().len());
    Ok(())
}
"""

OPENIDCONNECT = """
use openidconnect::core::{CoreClient, CoreProviderMetadata};
use openidconnect::{ClientId, ClientSecret, IssuerUrl, OAuth2TokenResponse, Scope};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let http = openidconnect::reqwest::blocking::ClientBuilder::new()
        .redirect(openidconnect::reqwest::redirect::Policy::none())
        .build()?;
    let issuer = IssuerUrl::new("https://demodb.my.erp.net/id".to_owned())?;
    let metadata = CoreProviderMetadata::discover(&issuer, &http)?;
    let id = ClientId::new("com.example/reports".to_owned());
    let secret = ClientSecret::new("the secret".to_owned());
    let client = CoreClient::from_provider_metadata(metadata, id, Some(secret));
    let token = client
        .exchange_client_credentials()?
        .add_scope(Scope::new("read".to_owned()))
        .request(&http)?;
    println!("{} characters", token.access_token().secret().len());
    Ok(())
}
"""

OAUTH2 = """
use oauth2::basic::BasicClient;
use oauth2::{ClientId, ClientSecret, Scope, TokenResponse, TokenUrl};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let http = HTTP;
    let client = BasicClient::new(ClientId::new("com.example/reports".to_owned()))
        .set_client_secret(ClientSecret::new("the secret".to_owned()))
        .set_token_uri(TokenUrl::new("https://demodb.my.erp.net/id/connect/token".to_owned())?);
    let token = client
        .exchange_client_credentials()
        .add_scope(Scope::new("read".to_owned()))
        .request(&http)?;
    println!("{} characters", token.access_token().secret().len());
    Ok(())
}
"""

UREQ = "oauth2::ureq::builder().redirects(0).build()"
REQWEST = """oauth2::reqwest::blocking::ClientBuilder::new()
        .redirect(oauth2::reqwest::redirect::Policy::none())
        .build()?"""

PROGRAMS = {
    "erpnet": (f'erpnet = {{ path = "{ROOT}/crates/erpnet" }}', ERPNET),
    "erpnet_aws": (f'erpnet = {{ path = "{ROOT}/crates/erpnet", features = ["aws-lc-rs"] }}', ERPNET),
    "openidconnect_reqwest": (
        'openidconnect = { version = "4.1", default-features = false, features = ["reqwest-blocking", "rustls-tls"] }',
        OPENIDCONNECT,
    ),
    "oauth2_reqwest": (
        'oauth2 = { version = "5", default-features = false, features = ["reqwest-blocking", "rustls-tls"] }',
        OAUTH2.replace("HTTP", REQWEST, 1),
    ),
    "oauth2_ureq": (
        'oauth2 = { version = "5", default-features = false, features = ["ureq"] }',
        OAUTH2.replace("HTTP", UREQ, 1),
    ),
}


def run(folder, *command):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment(folder))
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed in {folder}:\n{done.stderr[-4000:]}")
    return done.stdout


def environment(folder):
    """Without anything that would let a build reuse what another one made."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CARGO_TARGET", "RUSTC_WRAPPER"))}
    return clean | {"CARGO_TARGET_DIR": str(folder / "target"), "CARGO_INCREMENTAL": "0", "CARGO_TERM_COLOR": "never"}


def measure(folder, name, release):
    dependency, program = PROGRAMS[name]
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.rs").write_text(program.lstrip())
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "cost_{name}"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n\n'
        f"[dependencies]\n{dependency}\n"
    )
    if name.startswith("erpnet"):
        # The versions that the SDK is tested with.
        (folder / "Cargo.lock").write_bytes((ROOT / "Cargo.lock").read_bytes())
    run(folder, "cargo", "fetch")
    tree = run(folder, "cargo", "tree", "-e", "normal,build", "--prefix", "none")
    crates = {" ".join(line.split()[:2]) for line in tree.splitlines() if line} - {f"cost_{name} v0.0.0"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    run(folder, "cargo", "build", "--offline", *(["--release"] if release else []))
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, len(crates)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--release", action="store_true", help="optimised builds")
    parser.add_argument("--only", default=",".join(PROGRAMS), help="some of the programs")
    parser.add_argument("--keep", type=pathlib.Path, help="build here, and leave it there")
    options = parser.parse_args()
    names = options.only.split(",")
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or pathlib.Path(temporary)
        rows = []
        for name in names:
            rows.append((name, *measure(folder / name, name, options.release)))
            print(f"built {name}, load average {os.getloadavg()[0]:.1f}", file=sys.stderr)
    base = next((cpu for name, cpu, _ in rows if name == "openidconnect_reqwest"), rows[0][1])
    print("| Program | User CPU, s | x openidconnect | Crates |\n|---|---|---|---|")
    for name, cpu, crates in rows:
        print(f"| `{name}` | {cpu:.1f} | {cpu / base:.2f} | {crates} |")


if __name__ == "__main__":
    main()
