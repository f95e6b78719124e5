//! The planner: how many licences a described workload takes at its peak.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use erpnet_types::Timestamp;
use serde::Serialize;

use super::machine::{Event, Outcome};
use super::state::{SessionState, Token};
use crate::readings::{ServiceSessionKey, SessionReadings};

/// How many calls a plan looks at, at most. A longer workload is cut off, and says so.
pub const MAX_PLAN_EVENTS: usize = 200_000;

/// How long after its issue a token is renewed: a minute before its end (AUTH-215).
const RENEW_AFTER: Duration = Duration::from_secs(3540);

/// How long an access token lives, typically.
const TOKEN_LIFE: Duration = Duration::from_secs(3600);

/// Who works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Internal users, each with a sign-in of their own.
    Users,
    /// External users: they take no licence (AUTH-328).
    ExternalUsers,
    /// Processes of a service, each with its own token (AUTH-222).
    Service,
    /// Processes with a PAT or SAT each.
    Reference,
}

/// What a service process does with its token when it runs again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Renewal {
    /// Keeps it until it expires (AUTH-213, AUTH-216).
    #[default]
    Kept,
    /// Gets a new one with each run (AUTH-214 warns).
    EachRun,
}

/// A part of the workload: so many workers that run again and again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Job {
    /// What to call it.
    pub name: String,
    /// Who works.
    pub kind: JobKind,
    /// How many users or processes at the same time.
    pub workers: u32,
    /// When the first run starts, from the start of the plan.
    pub first: Duration,
    /// How long a run calls the APIs.
    pub lasts: Duration,
    /// How long between two calls of a run.
    pub calls_every: Duration,
    /// How long from the start of a run to the start of the next; `None` for a single run.
    pub repeats: Option<Duration>,
    /// What becomes of service tokens between runs.
    pub renewal: Renewal,
    /// Whether users log out at the end of a run (AUTH-319).
    pub logs_out: bool,
    /// Whether a licence is reserved for each of its accounts (AUTH-326).
    pub reserved: bool,
}

impl Job {
    /// Workers that run once, calling every minute.
    #[must_use]
    pub fn new(name: &str, kind: JobKind, workers: u32, lasts: Duration) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            workers,
            first: Duration::ZERO,
            lasts,
            calls_every: Duration::from_secs(60),
            repeats: None,
            renewal: Renewal::Kept,
            logs_out: false,
            reserved: false,
        }
    }

    /// The same, starting later.
    #[must_use]
    pub fn starting(mut self, after: Duration) -> Self {
        self.first = after;
        self
    }

    /// The same, again and again.
    #[must_use]
    pub fn every(mut self, period: Duration) -> Self {
        self.repeats = Some(period);
        self
    }

    /// The same with a new token for each run.
    #[must_use]
    pub fn with_new_tokens(mut self) -> Self {
        self.renewal = Renewal::EachRun;
        self
    }
}

/// All that works on an instance, for so long.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Workload {
    /// The parts.
    pub jobs: Vec<Job>,
    /// For how long to look.
    pub horizon: Duration,
}

/// The most licences in use, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedPeak {
    /// How many.
    pub slots: u32,
    /// When it is first reached, from the start of the plan.
    pub at: Duration,
    /// Which job holds how many of them, by name.
    pub by_job: BTreeMap<String, u32>,
}

/// What a workload takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LicencePlan {
    /// The peak under the readings given; by default each service token has its own session (G29).
    pub peak: PlannedPeak,
    /// The peak if all tokens of a service share a session.
    pub optimistic: PlannedPeak,
    /// How many licences there are.
    pub licences: u32,
    /// How many calls would find no licence.
    pub refused: u32,
    /// When the first of them would, from the start of the plan.
    pub first_refused: Option<Duration>,
    /// Whether the workload was cut off at [`MAX_PLAN_EVENTS`].
    pub cut_off: bool,
    /// What would lower the peak.
    pub advice: Vec<String>,
}

/// Plans a workload against a number of licences, by running the machine of this module over it.
///
/// ```
/// use std::time::Duration;
/// use erpnet_access::session::{Job, JobKind, Workload, plan_licences};
/// use erpnet_access::SessionReadings;
///
/// let minutes = |n: u64| Duration::from_secs(n * 60);
/// let sync = Job::new("sync", JobKind::Service, 1, minutes(2)).every(minutes(15)).with_new_tokens();
/// let workload = Workload { jobs: vec![sync], horizon: minutes(8 * 60) };
/// let plan = plan_licences(&workload, 5, &SessionReadings::default());
/// assert_eq!((plan.peak.slots, plan.optimistic.slots), (2, 1)); // the old session idles while the next run starts
/// ```
#[must_use]
pub fn plan_licences(
    workload: &Workload,
    licences: u32,
    readings: &SessionReadings,
) -> LicencePlan {
    let (calls, cut_off) = calls_of(workload);
    let together = SessionReadings {
        service_key: ServiceSessionKey::PerClientAndUser,
        ..*readings
    };
    let (peak, ..) = run(workload, &calls, u32::MAX, readings);
    let (optimistic, ..) = run(workload, &calls, u32::MAX, &together);
    let (_, refused, first_refused) = run(workload, &calls, licences, readings);
    let advice = advice(workload, &peak, &optimistic, licences, first_refused);
    LicencePlan {
        peak,
        optimistic,
        licences,
        refused,
        first_refused,
        cut_off,
        advice,
    }
}

/// One thing that a worker does.
struct Step {
    at: Duration,
    event: Event,
}

fn at(offset: Duration) -> Timestamp {
    Timestamp::EPOCH.after(offset)
}

/// Everything that all workers do, in the order of time.
fn calls_of(workload: &Workload) -> (Vec<Step>, bool) {
    let mut steps = Vec::new();
    let mut cut_off = false;
    'jobs: for (job, description) in workload.jobs.iter().enumerate() {
        for worker in 0..description.workers {
            if !worker_steps(description, job, worker, workload.horizon, &mut steps) {
                cut_off = true;
                break 'jobs;
            }
        }
    }
    steps.sort_by_key(|step| step.at);
    (steps, cut_off)
}

/// Whether there was room for all.
fn worker_steps(
    job: &Job,
    index: usize,
    worker: u32,
    horizon: Duration,
    steps: &mut Vec<Step>,
) -> bool {
    let pause = job.calls_every.max(Duration::from_secs(1));
    let mut issued: Option<Duration> = None;
    let mut serial = 0_u32;
    let mut start = job.first;
    loop {
        let end = start.saturating_add(job.lasts).min(horizon);
        let mut time = start;
        if job.renewal == Renewal::EachRun {
            issued = None;
        }
        let mut last = None;
        while time < end || (time == start && time < horizon) {
            if steps.len() >= MAX_PLAN_EVENTS {
                return false;
            }
            let fresh = issued.is_some_and(|issued| time < issued.saturating_add(RENEW_AFTER));
            if !fresh {
                serial += 1;
                issued = Some(time);
            }
            let expires = at(issued.unwrap_or(time).saturating_add(TOKEN_LIFE));
            let token = token_of(job, index, worker, serial, expires);
            steps.push(Step {
                at: time,
                event: Event::Call(token.clone()),
            });
            last = Some(token);
            time = time.saturating_add(pause);
        }
        if let Some(token) = last.filter(|_| job.logs_out && end < horizon) {
            steps.push(Step {
                at: end,
                event: Event::Logout(token),
            });
        }
        match job.repeats.filter(|period| !period.is_zero()) {
            Some(period) if start.saturating_add(period) < horizon => {
                start = start.saturating_add(period);
            }
            _ => return true,
        }
    }
}

fn token_of(job: &Job, index: usize, worker: u32, serial: u32, expires: Timestamp) -> Token {
    let user = format!("{index}-{worker}");
    let label = format!("{index}-{worker}-{serial}");
    match job.kind {
        // A refreshed token keeps its `sid`.
        JobKind::Users => Token::user(&user, &user, &label, expires),
        JobKind::ExternalUsers => Token::user(&user, &user, &label, expires).of_external(),
        JobKind::Service => Token::service(
            &format!("{index}"),
            &format!("{index}-{worker}"),
            &label,
            expires,
        ),
        JobKind::Reference => Token::reference(&user, &user),
    }
}

/// The accounts with a reserved seat: users one each, a service its one system user.
fn reserved_accounts(workload: &Workload) -> Vec<String> {
    let accounts = |(index, job): (usize, &Job)| -> Vec<String> {
        match job.kind {
            _ if !job.reserved => Vec::new(),
            JobKind::Service => vec![format!("{index}")],
            JobKind::ExternalUsers => Vec::new(),
            JobKind::Users | JobKind::Reference => (0..job.workers)
                .map(|worker| format!("{index}-{worker}"))
                .collect(),
        }
    };
    workload
        .jobs
        .iter()
        .enumerate()
        .flat_map(accounts)
        .collect()
}

fn run(
    workload: &Workload,
    steps: &[Step],
    licences: u32,
    readings: &SessionReadings,
) -> (PlannedPeak, u32, Option<Duration>) {
    let reserved = reserved_accounts(workload);
    let mut state = SessionState::new(licences)
        .reading(*readings)
        .reserving(reserved.iter().map(String::as_str));
    let mut peak = PlannedPeak {
        slots: 0,
        at: Duration::ZERO,
        by_job: BTreeMap::new(),
    };
    let (mut refused, mut first_refused) = (0_u32, None);
    for step in steps {
        let (next, outcome) = state.step(&step.event, at(step.at));
        state = next;
        match outcome {
            Outcome::Opened { .. } if state.used() > peak.slots => {
                peak = PlannedPeak {
                    slots: state.used(),
                    at: step.at,
                    by_job: by_job(workload, &state),
                };
            }
            Outcome::LicenceExhausted => {
                refused = refused.saturating_add(1);
                first_refused = first_refused.or(Some(step.at));
            }
            _ => {}
        }
    }
    (peak, refused, first_refused)
}

fn by_job(workload: &Workload, state: &SessionState) -> BTreeMap<String, u32> {
    let mut held = BTreeMap::new();
    for (_, session) in state.sessions() {
        // Accounts are named after their job, see `token_of`.
        let index = session
            .user
            .split('-')
            .next()
            .and_then(|text| text.parse::<usize>().ok());
        if let Some(job) = index.and_then(|index| workload.jobs.get(index)) {
            *held.entry(job.name.clone()).or_insert(0) += 1;
        }
    }
    held
}

fn advice(
    workload: &Workload,
    peak: &PlannedPeak,
    optimistic: &PlannedPeak,
    licences: u32,
    first_refused: Option<Duration>,
) -> Vec<String> {
    let mut advice = Vec::new();
    for job in &workload.jobs {
        let name = &job.name;
        if job.kind == JobKind::Service && job.renewal == Renewal::EachRun && job.repeats.is_some()
        {
            advice.push(format!(
                "`{name}` gets a new token with each run, and each may hold a licence for 20 minutes: keep the token until it expires [AUTH-214]"
            ));
        }
        if job.kind == JobKind::Users && !job.logs_out {
            advice.push(format!(
                "`{name}` does not log out: each session holds its licence for 20 minutes after the last call [AUTH-319]"
            ));
        }
    }
    if peak.slots > optimistic.slots {
        advice.push(format!(
            "whether tokens of one service share a session is not documented: {} is the safe figure, {} the hopeful one [G29]",
            peak.slots, optimistic.slots
        ));
    }
    if peak.slots > licences {
        advice.push(format!(
            "licences missing at the peak: {}; get more, or spread the work [AUTH-330]",
            peak.slots - licences
        ));
    }
    if first_refused.is_some() {
        let unreserved =
            |job: &&Job| matches!(job.kind, JobKind::Service | JobKind::Reference) && !job.reserved;
        if let Some(job) = workload.jobs.iter().find(unreserved) {
            advice.push(format!(
                "reserve a licence for the system user of `{}` if it must not wait [AUTH-326]",
                job.name
            ));
        }
    }
    advice
}

/// `9:05` for nine hours and five minutes.
struct Clock(Duration);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        write!(f, "{}:{:02}", seconds / 3600, seconds / 60 % 60)
    }
}

impl fmt::Display for LicencePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = if self.peak.slots <= self.licences {
            "enough"
        } else {
            "not enough"
        };
        writeln!(
            f,
            "peak {} of {} licences at {} (h:mm from the start): {fits}",
            self.peak.slots,
            self.licences,
            Clock(self.peak.at)
        )?;
        for (job, slots) in &self.peak.by_job {
            writeln!(f, "  {slots:>4}  {job}")?;
        }
        if let Some(first) = self.first_refused {
            writeln!(
                f,
                "  first `MaximumLicenseCountExceeded` at {}, {} calls in all",
                Clock(first),
                self.refused
            )?;
        }
        if self.cut_off {
            writeln!(
                f,
                "  the workload was cut off after {MAX_PLAN_EVENTS} calls: shorten it"
            )?;
        }
        self.advice
            .iter()
            .try_for_each(|line| writeln!(f, "  - {line}"))
    }
}
