//! The documented timelines, replayed, and what the machine never does.

use std::time::Duration;

use erpnet_access::session::{
    Event, Job, JobKind, Outcome, SessionState, Token, Workload, plan_licences,
};
use erpnet_access::{ServiceSessionKey, SessionReadings};
use erpnet_types::Timestamp;
use proptest::prelude::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

fn run(state: SessionState, steps: &[(i64, Event)]) -> (SessionState, Vec<(Outcome, u32)>) {
    let mut seen = Vec::new();
    let mut state = state;
    for (seconds, event) in steps {
        let (next, outcome) = state.step(event, at(*seconds));
        seen.push((outcome, next.used()));
        state = next;
    }
    (state, seen)
}

const OPENED: Outcome = Outcome::Opened { reserved: false };

/// Token issued 10:00, calls 10:01 and 10:15, idle at 10:35, call 10:40, token ends 11:00.
#[test]
fn auth_316_334_the_documented_timeline() {
    let token = Token::user("alice", "sid-1", "t", at(3600));
    let (call, minute) = (|| Event::Call(token.clone()), |m: i64| m * 60);
    let steps = [
        (minute(0), Event::Issue(token.clone())),
        (minute(1), call()),
        (minute(15), call()),
        (minute(35), Event::Tick),
        (minute(40), call()),
        (minute(60) - 1, Event::Tick),
        (minute(60), call()),
    ];
    let (_, seen) = run(SessionState::new(5), &steps);
    let expected = [
        (Outcome::Nothing, 0),
        (OPENED, 1),
        (Outcome::Reused, 1),
        (Outcome::Nothing, 0),
        (OPENED, 1),
        (Outcome::Nothing, 1),
        (Outcome::Unauthorized, 0),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn auth_313_g32_idle_limit_at_below_and_above() {
    let token = Token::user("alice", "sid", "t", at(100_000));
    let calls = [
        (0, Event::Call(token.clone())),
        (1199, Event::Call(token.clone())),
        (2398, Event::Call(token.clone())),
    ];
    let (state, seen) = run(SessionState::new(1), &calls);
    assert_eq!(seen[2].0, Outcome::Reused);
    let used =
        |state: &SessionState, seconds| state.clone().step(&Event::Tick, at(seconds)).0.used();
    assert_eq!(
        [used(&state, 3597), used(&state, 3598), used(&state, 3599)],
        [1, 0, 0]
    );
    let open = SessionReadings {
        closed_at_limit: false,
        ..SessionReadings::default()
    };
    let (state, _) = run(SessionState::new(1).reading(open), &calls);
    assert_eq!([used(&state, 3598), used(&state, 3599)], [1, 0]);
    // Dates are kept in milliseconds.
    assert_eq!(state.step(&Event::Tick, at(3598).shifted(1)).0.used(), 0);
}

#[test]
fn auth_314_g30_absolute_limit_of_services_only() {
    let polled = |token: &Token, readings| {
        let steps: Vec<_> = (0..70)
            .map(|minute| (minute * 60, Event::Call(token.clone())))
            .collect();
        let (_, seen) = run(SessionState::new(9).reading(readings), &steps);
        seen.iter()
            .filter(|(outcome, _)| *outcome == OPENED)
            .count()
    };
    let default = SessionReadings::default();
    let hour = SessionReadings {
        reference_hour_limit: true,
        ..default
    };
    let service = Token::service("sys", "app", "t", at(100_000));
    let user = Token::user("alice", "sid", "t", at(100_000));
    let pat = Token::reference("alice", "p");
    assert_eq!(
        [
            polled(&service, default),
            polled(&user, default),
            polled(&pat, default)
        ],
        [2, 1, 1]
    );
    assert_eq!([polled(&pat, hour), polled(&user, hour)], [2, 1]);
}

#[test]
fn auth_326_327_g33_reserved_seats() {
    let ordinary = |n: u32| {
        Event::Call(Token::user(
            &format!("u{n}"),
            &format!("s{n}"),
            &format!("t{n}"),
            at(9999),
        ))
    };
    let reserved = |user: &str, sid: &str| Event::Call(Token::user(user, sid, sid, at(9999)));
    let mut steps: Vec<_> = (0..9).map(|n| (0, ordinary(n))).collect();
    steps.extend([
        (0, reserved("r1", "a")),
        (0, reserved("r2", "b")),
        (0, reserved("r1", "c")),
    ]);
    let (state, seen) = run(SessionState::new(10).reserving(["r1", "r2"]), &steps);
    let outcomes: Vec<_> = seen.iter().map(|(outcome, _)| *outcome).collect();
    assert!(outcomes[..8].iter().all(|outcome| *outcome == OPENED));
    assert_eq!(outcomes[8], Outcome::LicenceExhausted);
    assert_eq!(outcomes[9..11], [Outcome::Opened { reserved: true }; 2]);
    assert_eq!(
        outcomes[11],
        Outcome::LicenceExhausted,
        "the second session competes in the pool"
    );
    assert_eq!(state.free(), 0);
    // AUTH-319: a logout frees a slot at once.
    let (state, _) = state.step(
        &Event::Logout(Token::user("u0", "s0", "t0", at(9999))),
        at(1),
    );
    assert_eq!(state.step(&reserved("r1", "c"), at(1)).1, OPENED);
}

#[test]
fn auth_199_311_317_318_320_322_323_328_329_what_takes_a_slot() {
    let user = |sid: &str, label: &str| Token::user("alice", sid, label, at(9999));
    let steps = [
        (0, Event::Issue(user("s", "t1")), Outcome::Nothing, 0),
        (0, Event::Call(user("s", "t1")), OPENED, 1),
        (0, Event::Call(user("s", "t1")), Outcome::Reused, 1),
        (0, Event::Refresh(user("s", "t2")), Outcome::Nothing, 1),
        (0, Event::Call(user("s", "t2")), Outcome::Reused, 1),
        (0, Event::Call(user("other-credentials", "t3")), OPENED, 2),
        (
            0,
            Event::Call(user("x", "e").of_external()),
            Outcome::Unlicensed,
            2,
        ),
        (0, Event::Revoke(user("s", "t1")), Outcome::Nothing, 2),
        (0, Event::Call(user("s", "t1")), Outcome::Unauthorized, 2),
        (
            0,
            Event::Logout(Token::service("sys", "app", "s1", at(9999))),
            Outcome::Nothing,
            2,
        ),
        (0, Event::Restart, Outcome::Closed, 0),
    ];
    let mut state = SessionState::new(5);
    for (seconds, event, outcome, used) in steps {
        let (next, seen) = state.step(&event, at(seconds));
        assert_eq!((seen, next.used()), (outcome, used), "{event:?}");
        state = next;
    }
}

#[test]
fn auth_386_387_erp_logout_by_version() {
    let token = Token::legacy("u", "app", "db+password");
    let logout = |keeps| {
        let readings = SessionReadings {
            erp_logout_keeps_session: keeps,
            ..SessionReadings::default()
        };
        run(
            SessionState::new(1).reading(readings),
            &[
                (0, Event::Call(token.clone())),
                (1, Event::ErpLogout(token.clone())),
            ],
        )
    };
    assert_eq!(logout(true).1[1], (Outcome::Nothing, 1));
    assert_eq!(logout(false).1[1], (Outcome::Closed, 0));
    assert_eq!(
        logout(true).0.step(&Event::Call(token.clone()), at(2)).1,
        Outcome::Reused
    );
    assert_eq!(
        SessionState::new(1)
            .step(&Event::ErpLogout(token.clone()), at(0))
            .1,
        Outcome::Unauthorized
    );
}

#[test]
fn auth_324_325_328_g29_the_planner() {
    let minutes = |n: u64| Duration::from_secs(n * 60);
    let portal = Job::new("portal users", JobKind::ExternalUsers, 1000, minutes(5));
    let service = Job::new("portal", JobKind::Service, 1, minutes(70));
    let workload = Workload {
        jobs: vec![portal, service],
        horizon: minutes(90),
    };
    let plan = plan_licences(&workload, 1, &SessionReadings::default());
    // A token is renewed a minute before its end (AUTH-215), while the old session still lives: two slots by the
    // pessimistic reading, one by the optimistic.
    assert_eq!(
        (plan.peak.slots, plan.peak.at, plan.optimistic.slots),
        (2, minutes(59), 1)
    );
    assert_eq!(plan.first_refused, Some(minutes(59)));
    let together = SessionReadings {
        service_key: ServiceSessionKey::PerClientAndUser,
        ..SessionReadings::default()
    };
    assert_eq!(plan_licences(&workload, 1, &together).peak.slots, 1);
}

#[derive(Clone, Debug)]
enum Doing {
    Call(u8),
    Logout(u8),
    Revoke(u8),
    Restart,
}

fn token(n: u8) -> Token {
    let label = format!("t{n}");
    match n % 4 {
        0 => Token::user(
            &format!("u{}", n / 8),
            &format!("sid{}", n / 8),
            &label,
            at(20_000),
        ),
        1 => Token::service(&format!("sys{}", n / 16), "app", &label, at(20_000)),
        2 => Token::reference(&format!("u{}", n / 8), &label),
        _ => Token::user("guest", &label, &label, at(20_000)).of_external(),
    }
}

proptest! {
    #[test]
    fn auth_321_slots_are_conserved(
        total in 0_u32..6,
        doings in proptest::collection::vec((0_i64..900, prop_oneof![
            8 => (0_u8..32).prop_map(Doing::Call),
            1 => (0_u8..32).prop_map(Doing::Logout),
            1 => (0_u8..32).prop_map(Doing::Revoke),
            1 => Just(Doing::Restart),
        ]), 0..80),
    ) {
        let mut state = SessionState::new(total).reserving(["u1", "sys1"]);
        let mut now = 0;
        for (pause, doing) in doings {
            now += pause;
            let event = match doing {
                Doing::Call(n) => Event::Call(token(n)),
                Doing::Logout(n) => Event::Logout(token(n)),
                Doing::Revoke(n) => Event::Revoke(token(n)),
                Doing::Restart => Event::Restart,
            };
            // The same inputs give the same outcome, and time that goes back changes nothing.
            let again = state.clone().step(&event, at(now));
            let (swept, _) = state.clone().step(&Event::Tick, at(now));
            let (next, outcome) = state.step(&event, at(now));
            prop_assert_eq!(&again, &(next.clone(), outcome));
            prop_assert!(next.used() <= total);
            prop_assert_eq!(next.used() + next.free(), total);
            let change = i64::from(next.used()) - i64::from(swept.used());
            let expected = match outcome {
                Outcome::Opened { .. } => 1..=1,
                Outcome::Closed => -6..=-1,
                _ => 0..=0,
            };
            prop_assert!(expected.contains(&change), "{outcome:?} {change}");
            // Nobody sits on two reserved seats.
            for user in ["u1", "sys1"] {
                let seats = next.sessions().filter(|(_, s)| s.user == user && s.holds_reserved).count();
                prop_assert!(seats <= 1);
            }
            state = next;
        }
    }
}
