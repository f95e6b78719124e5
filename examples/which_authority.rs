//! "Which Identity URL do I use?" - asked for four applications.
//!
//! `cargo run -p erpnet-examples --example which_authority`
#![allow(clippy::print_stdout, reason = "an example prints")]

use erpnet_access::{ActsAs, ApiNeed, Goal, advise};

fn main() {
    let nightly_export = Goal {
        has_backend: true,
        unattended: true,
        ..Goal::calls(ApiNeed::Read)
    };
    let browser_app = Goal {
        signs_users_in: true,
        calls_as: ActsAs::User,
        ..Goal::calls(ApiNeed::ReadWrite)
    };
    let customer_portal = Goal {
        signs_users_in: true,
        external_users: true,
        has_backend: true,
        ..Goal::calls(ApiNeed::Read)
    };
    let sign_in_only = Goal {
        signs_users_in: true,
        has_backend: true,
        ..Goal::calls(ApiNeed::None)
    };

    for (question, goal) in [
        ("A nightly job that exports orders", nightly_export),
        (
            "A browser application that edits orders as its user",
            browser_app,
        ),
        ("A portal where customers see their orders", customer_portal),
        ("A site that only wants to know who you are", sign_in_only),
    ] {
        println!("# {question}\n{}", advise(&goal));
    }
}
