//! The rows of `verify` and `parse` on a machine that does other things: CPU time instead of the clock, all rows in turns,
//! medians. `busy` prints tables; `busy GROUP ROW TIMES` calls one row so often, for an instruction counter.
#![allow(clippy::print_stdout, reason = "a command-line tool")]

use std::time::Duration;

use erpnet_benches::Row;
use erpnet_benches_peers_tokens::{parsers, tokens_of_today, verifiers};
use rustix::time::{ClockId, clock_gettime};

const ROUNDS: usize = 101;

/// How long a row takes in each round.
const SLICE: Duration = Duration::from_millis(2);

fn main() {
    let (subject, of_google) = tokens_of_today();
    let mut verify = erpnet_benches::verify::rows(&subject);
    verify.extend(verifiers::rows(&subject, &of_google));
    let groups = [
        ("verify_rs256", verify),
        ("parse_discovery", parsers::discovery()),
        ("parse_keys", parsers::keys()),
        ("parse_token_response", parsers::token_response()),
    ];
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [group, row, times] => {
            let times: u32 = times.parse().expect("a number");
            let rows = groups.into_iter().filter(|(name, _)| name == group);
            let row = rows
                .flat_map(|(_, rows)| rows)
                .find(|found| found.name == row);
            let mut row = row.expect("the name of a group and of a row in it");
            (0..times).for_each(|_| row.run());
        }
        _ => groups
            .into_iter()
            .for_each(|(name, rows)| table(name, rows)),
    }
}

fn table(name: &str, mut rows: Vec<Row<'_>>) {
    let times: Vec<u32> = rows.iter_mut().map(times_in_a_slice).collect();
    let mut measured = vec![Vec::with_capacity(ROUNDS); rows.len()];
    for _ in 0..ROUNDS {
        for ((row, times), measured) in rows.iter_mut().zip(&times).zip(&mut measured) {
            measured.push(cpu_time(row, *times) / *times);
        }
    }
    println!("\n| `{name}` | us | x first |\n|---|---|---|");
    let mut first = None;
    for (row, mut measured) in rows.iter().zip(measured) {
        measured.sort_unstable();
        let median = measured[ROUNDS / 2].as_secs_f64() * 1e6;
        let ratio = median / *first.get_or_insert(median);
        println!("| `{}` | {median:.2} | {ratio:.3} |", row.name);
    }
}

fn times_in_a_slice(row: &mut Row<'_>) -> u32 {
    let mut times = 1;
    while cpu_time(row, times) < SLICE {
        times *= 2;
    }
    times
}

fn cpu_time(row: &mut Row<'_>, times: u32) -> Duration {
    let before = now();
    (0..times).for_each(|_| row.run());
    now().saturating_sub(before)
}

fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).expect("it only grows");
    let nanoseconds = u32::try_from(time.tv_nsec).expect("below a second");
    Duration::new(seconds, nanoseconds)
}
