//! The benchmarks are targets of their own; this package has no library.
