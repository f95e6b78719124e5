//! How many licences does a day's work take?
//!
//! `cargo run -p erpnet-examples --example licence_planner`
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::time::Duration;

use erpnet_access::SessionReadings;
use erpnet_access::session::{
    Job, JobKind, Practice, SessionKind, Workload, check_practice, plan_licences,
};

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

fn main() {
    let office = Job::new("office", JobKind::Users, 6, minutes(8 * 60)).starting(minutes(60));
    let portal = Job::new(
        "customers in the portal",
        JobKind::ExternalUsers,
        300,
        minutes(30),
    )
    .starting(minutes(120));
    let sync = Job::new("order sync", JobKind::Service, 1, minutes(2)).every(minutes(15));
    let readings = SessionReadings::default();

    println!("# A new token with each run of the sync");
    let workload = Workload {
        jobs: vec![
            office.clone(),
            portal.clone(),
            sync.clone().with_new_tokens(),
        ],
        horizon: minutes(10 * 60),
    };
    println!("{}", plan_licences(&workload, 7, &readings));

    println!("# The token kept until it expires");
    let workload = Workload {
        jobs: vec![office, portal, sync],
        horizon: minutes(10 * 60),
    };
    println!("{}", plan_licences(&workload, 8, &readings));

    println!("# Is it in order to run three copies of the sync with one token?");
    let practice = Practice {
        processes: 3,
        machines: 3,
        ..Practice::plain(SessionKind::Service)
    };
    for finding in check_practice(&practice, &readings) {
        println!("{finding}");
    }
}
