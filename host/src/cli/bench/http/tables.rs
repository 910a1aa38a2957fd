//! The results, for people.

use comfy_table::{CellAlignment, Table};

use super::super::super::table::{figures, print};
use super::super::swap::grouped;
use super::results::{Measured, Results, Setting, Spread, Swapping};
use super::soak::{A_SECOND, Soak};
use super::trend::{Grown, float};

pub(super) fn print_all(results: &Results) -> anyhow::Result<()> {
    let Results { processors, settings, swapping } = results;
    if !settings.is_empty() {
        print(&format!(
            "Calls of a tool that reads, over HTTP on {processors} processors, which the clients share; p50 / p99 /"
        ))?;
        print(
            &"max in ms. Each client has a connection of its own, and no more than 32 calls are under way at a time.",
        )?;
        print(&"Beside it rmcp's own server with a native tool that answers the same. No call failed.")?;
        print(&calls(settings))?;
        print(&"\nResident memory in MB, before there were clients and with all of them after their calls:")?;
        print(&memory(settings))?;
    }
    if let Some(swapping) = swapping {
        print(&format!(
            "\nWith a swap a second, {} in all, and {} clients of both protocols, half of which add tasks; in ms:",
            swapping.swaps, swapping.clients
        ))?;
        print(&swaps(swapping))?;
        let Swapping { writes, lost, doubled, failed, .. } = swapping;
        print(&format!(
            "Of {writes} tasks that were added {lost} were lost and {doubled} there twice; {failed} calls failed."
        ))?;
    }
    Ok(())
}

fn calls(settings: &[Setting]) -> Table {
    let mut rows = figures(&[
        "clients",
        "protocol",
        "host: calls/s",
        "latency",
        "rmcp: calls/s",
        "latency",
        "throughput",
        "added at p50",
    ]);
    for Setting { protocol, clients, host, native } in settings {
        let added = host.latency.p50.cast_signed() - native.latency.p50.cast_signed();
        let sign = if added < 0 { '-' } else { '+' };
        rows.add_row([
            count(*clients),
            (*protocol).to_owned(),
            whole(host.per_second),
            all(&host.latency),
            whole(native.per_second),
            all(&native.latency),
            ratio(host.per_second, native.per_second),
            format!("{sign}{}", ms(added.unsigned_abs())),
        ]);
    }
    right(rows, 2)
}

fn memory(settings: &[Setting]) -> Table {
    let mut rows = figures(&[
        "clients",
        "protocol",
        "host",
        "KB each",
        "rmcp",
        "KB each",
        "ratio",
        "host: opened/s",
        "rmcp: opened/s",
    ]);
    for Setting { protocol, clients, host, native } in settings {
        let each = |measured: &Measured| measured.bytes_a_client(*clients);
        let kilobytes = |bytes: Option<u64>| bytes.map_or_else(unknown, |bytes| format!("{:.1}", float(bytes) / 1e3));
        let of = |measured: &Measured| match measured.resident_kib {
            [Some(before), _, Some(after)] => format!("{} to {}", megabytes(before), megabytes(after)),
            _ => unknown(),
        };
        let both = each(host).zip(each(native));
        rows.add_row([
            count(*clients),
            (*protocol).to_owned(),
            of(host),
            kilobytes(each(host)),
            of(native),
            kilobytes(each(native)),
            both.map_or_else(unknown, |(host, native)| ratio(float(host), float(native))),
            whole(host.opened_per_second),
            whole(native.opened_per_second),
        ]);
    }
    right(rows, 2)
}

fn swaps(swapping: &Swapping) -> Table {
    let mut rows = figures(&["", "p50", "p99", "max", "number"]);
    for (name, spread) in [
        ("calls that met no swap", &swapping.quiet),
        ("calls while a candidate was tried", &swapping.beside),
        ("calls that met a swap", &swapping.met),
        ("pauses", &swapping.pause),
    ] {
        let Spread { count, p50, p99, max } = *spread;
        rows.add_row([name.to_owned(), ms(p50), ms(p99), ms(max), count.to_string()]);
    }
    right(rows, 1)
}

/// And whether it grows.
pub(super) fn print_soak(soak: &Soak) -> anyhow::Result<()> {
    let Soak { calls, swaps, guests, seconds, grown, samples } = soak;
    print(&format!(
        "{calls} calls over HTTP, {A_SECOND} a second for {} s, made in {seconds:.0} s, with {swaps} swaps and {guests} \
         clients that came and went. No call failed.",
        calls / A_SECOND
    ))?;
    let mut rows = figures(&["after calls", "MB", "open files"]);
    let step = (samples.len() / 12).max(1);
    for sample in samples.iter().skip(step - 1).step_by(step) {
        rows.add_row([sample.calls.to_string(), megabytes(sample.resident_kib), sample.open_files.to_string()]);
    }
    print(&right(rows, 0))?;
    let Some(grown) = grown else { return print(&"These are too few calls to tell whether it grows.") };
    let Grown { calls, bytes, files, bound_bytes, bound_files } = grown;
    print(&format!(
        "Along the line that fits, the last {calls} calls made memory grow by {:.2} MB (growth is more than {:.2}) and open \
         files by {files:.1} (more than {bound_files}).",
        bytes / 1e6,
        float(*bound_bytes) / 1e6
    ))
}

fn all(spread: &Spread) -> String {
    format!("{} / {} / {}", ms(spread.p50), ms(spread.p99), ms(spread.max))
}

fn ms(micros: u64) -> String {
    format!("{}.{:02}", micros / 1_000, micros % 1_000 / 10)
}

fn whole(number: f64) -> String {
    format!("{number:.0}")
}

fn ratio(this: f64, that: f64) -> String {
    if that > 0.0 { format!("{:.2}", this / that) } else { "-".to_owned() }
}

fn megabytes(kib: u64) -> String {
    format!("{:.1}", float(kib) * 1.024e-3)
}

fn count(clients: usize) -> String {
    grouped(u32::try_from(clients).unwrap_or(u32::MAX))
}

fn unknown() -> String {
    "-".to_owned()
}

/// Numbers, from this column on.
fn right(mut table: Table, from: usize) -> Table {
    for column in table.column_iter_mut().skip(from) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
