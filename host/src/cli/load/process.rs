//! What the system says of a process.

/// Resident memory, in KiB; none where the system does not tell.
pub(in crate::cli) fn resident_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse().ok()
}

/// How many files it has open, connections among them; none where the system does not tell.
pub(in crate::cli) fn open_files(process: u32) -> Option<u64> {
    let files = std::fs::read_dir(format!("/proc/{process}/fd")).ok()?;
    u64::try_from(files.count()).ok()
}
