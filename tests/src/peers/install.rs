//! Installs peers below the target folder, once for each state of their lock files.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::tools::Tool;

/// The folder of a peer in the repository.
#[must_use]
pub fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("peers")
        .join(name)
}

/// The folder where a peer is installed.
fn installed(name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    );
    target.join("peers").join(name)
}

/// Installs a project of npm; returns its folder, which has the files of the project and its packages.
///
/// # Panics
/// When it cannot be installed.
#[must_use]
pub fn npm_project(name: &str) -> PathBuf {
    install(name, "package-lock.json", |folder| {
        let mut npm = Command::new(Tool::Npm.command());
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(folder);
        run(&mut npm);
    })
}

/// Installs a project of Python into an environment of its own, `venv` in the folder that is returned.
///
/// # Panics
/// When it cannot be installed.
#[must_use]
pub fn python_project(name: &str) -> PathBuf {
    install(name, "requirements.txt", |folder| {
        let mut venv = Command::new(Tool::Python.command());
        venv.args(["-m", "venv", "--clear", "venv"])
            .current_dir(folder);
        run(&mut venv);
        let mut pip = Command::new(folder.join("venv/bin/python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--disable-pip-version-check",
        ])
        .args(["-r", "requirements.txt"])
        .current_dir(folder);
        run(&mut pip);
    })
}

/// Builds a package of Cargo, a workspace of its own; returns the program of the same name.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn cargo_project(name: &str) -> PathBuf {
    let target = installed(name);
    let _lock = lock(&target);
    let mut cargo = Command::new(Tool::Cargo.command());
    cargo
        .args(["build", "--locked", "--quiet", "--manifest-path"])
        .arg(source(name).join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .env_remove("RUSTFLAGS");
    run(&mut cargo);
    target.join("debug").join(name)
}

fn install(name: &str, lock_file: &str, packages: impl FnOnce(&Path)) -> PathBuf {
    let (from, to) = (source(name), installed(name));
    let _lock = lock(&to);
    let pinned = fs::read(from.join(lock_file)).expect("the peer has a lock file");
    let stamp = to.join("installed");
    let fresh = fs::read(&stamp).is_ok_and(|known| known == pinned);
    for entry in fs::read_dir(&from)
        .expect("the peer has a folder")
        .flatten()
    {
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            fs::copy(entry.path(), to.join(entry.file_name())).expect("a file can be copied");
        }
    }
    if !fresh {
        packages(&to);
        fs::write(&stamp, pinned).expect("a file can be written");
    }
    to
}

/// Test programs run side by side; only one installs.
fn lock(folder: &Path) -> File {
    fs::create_dir_all(folder).expect("a folder below the target folder");
    let file = File::create(folder.with_extension("lock")).expect("a lock file");
    file.lock().expect("a lock");
    file
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}
