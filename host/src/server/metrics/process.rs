//! What the system knows of this process.

/// Under the names that Prometheus' own clients give them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Process {
    pub(super) resident_bytes: u64,
    pub(super) open_files: u64,
    pub(super) threads: u64,
}

impl Process {
    /// None where the system has no `/proc`.
    pub(super) fn look() -> Option<Self> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let number = |field: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(field))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        // The folder is open while it is read.
        let open_files = std::fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1);
        Some(Self {
            resident_bytes: number("VmRSS:")? * 1_024,
            open_files: u64::try_from(open_files).unwrap_or(u64::MAX),
            threads: number("Threads:")?,
        })
    }
}
