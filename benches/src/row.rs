//! One measured call with its name, for whatever measures: criterion, an instruction counter, CPU time.

use criterion::Criterion;

/// A measured call. What it makes, it drops.
pub struct Row<'a> {
    /// The name, without its group.
    pub name: &'static str,
    run: Box<dyn FnMut() + 'a>,
}

impl<'a> Row<'a> {
    /// Names a call.
    pub fn new(name: &'static str, run: impl FnMut() + 'a) -> Self {
        Self {
            name,
            run: Box::new(run),
        }
    }

    /// Calls once.
    pub fn run(&mut self) {
        (self.run)();
    }
}

/// Measures rows as a group of criterion.
pub fn group(criterion: &mut Criterion, name: &str, rows: Vec<Row<'_>>) {
    let mut group = criterion.benchmark_group(name);
    for mut row in rows {
        group.bench_function(row.name, |bencher| bencher.iter(|| row.run()));
    }
    group.finish();
}
