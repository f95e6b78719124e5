//! The tools that peers need, and what a test does without them.
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A program of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Node.js, 20 or newer.
    Node,
    /// npm.
    Npm,
    /// Python 3 with `venv`.
    Python,
    /// Chromium.
    Chromium,
    /// Cargo.
    Cargo,
}

impl Tool {
    /// Its name as a command.
    #[must_use]
    pub fn command(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Npm => "npm",
            Self::Python => "python3",
            Self::Chromium => "chromium",
            Self::Cargo => env!("CARGO"),
        }
    }

    /// What to install, by the names of Debian's packages where it has them.
    fn package(self) -> &'static str {
        match self {
            Self::Node => "Node.js 20 or newer",
            Self::Npm => "npm",
            Self::Python => "python3 and python3-venv",
            Self::Chromium => "chromium",
            Self::Cargo => "cargo",
        }
    }

    fn is_here(self) -> bool {
        let mut probe = Command::new(self.command());
        match self {
            Self::Python => probe.args(["-c", "import ensurepip, venv"]),
            Self::Node => probe.args([
                "-e",
                "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)",
            ]),
            _ => probe.arg("--version"),
        };
        let quiet = probe
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    }
}

/// Where Chromium is, for programs that want a path.
///
/// # Panics
/// When it is not in `PATH`.
#[must_use]
pub fn chromium() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&path).map(|folder| folder.join("chromium"));
    found.find(|file| file.is_file()).expect("chromium is here")
}

/// Whether all of them are here. Otherwise says which are not: the test is to be skipped.
///
/// # Panics
/// When one is absent under `CI=true`.
#[must_use]
pub fn ready(tools: &[Tool]) -> bool {
    let absent: Vec<_> = tools.iter().filter(|tool| !tool.is_here()).collect();
    if absent.is_empty() {
        return true;
    }
    let packages: Vec<_> = absent.iter().map(|tool| tool.package()).collect();
    let says = format!("to run this test, install {}", packages.join(", "));
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!in_ci, "{says}");
    eprintln!("skipped: {says}");
    false
}
