//! What the examples share: where the instance comes from, and how results are shown.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "examples talk to a person"
)]

use std::env;
use std::process::ExitCode;

use erpnet::{App, Error, Instance, ReferenceToken, Row, ServiceApp};
use erpnet_sandbox::{Application, Sandbox};

pub mod person;
pub mod portal;
pub mod site;
pub mod sso;
pub mod web;
pub mod web_app;

/// The README's code, compiled and run as a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// What goes wrong in an example: anything.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// An application at an instance: the one that the environment names, or one on this machine.
#[derive(Debug)]
pub struct Setup {
    /// The application.
    pub app: App,
    /// The local instance, if there is one. It stops when this is dropped.
    pub sandbox: Option<Sandbox>,
}

impl Setup {
    /// Reads `ERPNET_INSTANCE`, and `ERPNET_TOKEN` (a reference token) or `ERPNET_CLIENT_ID` and
    /// `ERPNET_CLIENT_SECRET`; without them, starts a local instance and registers a service application there.
    ///
    /// # Errors
    /// When only some of the variables are set, or the local instance cannot start.
    pub fn from_environment() -> Result<Self, Failure> {
        let Ok(instance) = env::var("ERPNET_INSTANCE") else {
            return Self::local();
        };
        let read = |name: &str| {
            env::var(name).map_err(|_| format!("`{name}` is not set, `ERPNET_INSTANCE` is"))
        };
        let instance = Instance::parse(&instance)?;
        let app = match env::var("ERPNET_TOKEN") {
            Ok(token) => ReferenceToken::new(instance, token)?.into(),
            Err(_) => {
                let (id, secret) = (read("ERPNET_CLIENT_ID")?, read("ERPNET_CLIENT_SECRET")?);
                App::from(ServiceApp::new(instance, &*id, secret)?)
            }
        };
        println!(
            "instance        {} (from the environment; read-only)",
            app.instance()
        );
        Ok(Self { app, sandbox: None })
    }

    fn local() -> Result<Self, Failure> {
        let sandbox = Sandbox::start()?;
        let record =
            sandbox.register(Application::service("com.example/reports").scopes("read"))?;
        let secret = record.secret.ok_or("the sandbox made no secret")?;
        let app = ServiceApp::new(
            sandbox.instance(),
            record.client_id.as_str(),
            secret.expose(),
        )?;
        println!(
            "instance        {} (a sandbox on this machine)",
            app.instance()
        );
        println!("application     {} (registered just now)", app.client_id());
        Ok(Self {
            app: app.into(),
            sandbox: Some(sandbox),
        })
    }
}

/// Prints the members of rows as a table.
pub fn print_table(columns: &[&str], rows: &[Row]) {
    let cell = |row: &Row, column: &str| match row.get(column) {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let width = |column: &&str| {
        let cells = rows.iter().map(|row| cell(row, column).chars().count());
        cells.chain([column.chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<_> = columns.iter().map(width).collect();
    let line = |cells: Vec<String>| {
        let padded: Vec<_> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        println!("  {}", padded.join("  ").trim_end());
    };
    line(columns.iter().map(ToString::to_string).collect());
    line(widths.iter().map(|width| "-".repeat(*width)).collect());
    for row in rows {
        line(columns.iter().map(|column| cell(row, column)).collect());
    }
}

/// Prints an error: what happened, what to do, and why.
pub fn print_error(error: &Error) {
    println!("  {error}");
    println!("  -> {}", error.advice());
    if let Some(explanation) = error.explanation() {
        println!();
        explanation
            .to_string()
            .lines()
            .for_each(|line| println!("  {line}"));
    }
}

/// Ends an example: with what to do about its error, if it has one.
#[must_use]
pub fn finish(outcome: Result<(), Failure>) -> ExitCode {
    let Err(failure) = outcome else {
        return ExitCode::SUCCESS;
    };
    eprintln!("error: {failure}");
    match failure.downcast_ref::<Error>() {
        Some(error) => {
            eprintln!("advice: {}", error.advice());
            ExitCode::from(error.kind().exit_code())
        }
        None => ExitCode::FAILURE,
    }
}
