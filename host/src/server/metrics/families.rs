//! What each family of numbers is called, and what it says.

use std::fmt::Error;

use super::page::{Labels, Page, Scale};
use super::scrape::{Scrape, SlotNow};
use crate::swap::OUTCOMES;

/// The host and its process.
pub(super) fn host(scrape: &Scrape, page: &mut Page<'_, '_>) -> Result<(), Error> {
    let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
    page.gauges("mainstay_build_info", "Which version of the host this is", [(version, 1.0)])?;
    let ready = if scrape.unready.is_empty() { 1.0 } else { 0.0 };
    page.gauges("mainstay_ready", "Whether /readyz says yes", [(none(), ready)])?;
    let refusals = scrape.refusals.iter().map(|(limit, count)| (one("limit", limit), *count));
    page.counters("mainstay_limit_refusals", "Requests that were refused by a limit or a check", refusals)?;
    let requests = scrape
        .requests
        .iter()
        .map(|((route, status), count)| (vec![("route", (*route).to_owned()), ("status", status.to_string())], *count));
    page.counters("mainstay_http_requests", "HTTP requests that were answered", requests)?;
    let outcomes = scrape.spans.iter().flat_map(|spans| {
        [("sent", spans.sent), ("failed", spans.failed), ("dropped", spans.dropped)]
            .map(|(outcome, count)| (one("outcome", outcome), count))
    });
    page.counters("mainstay_spans", "Spans of traces, by what became of them", outcomes)?;
    let started = number(scrape.started_ms) / 1_000.0;
    let help = "When the process began, in seconds since 1970";
    page.gauges("process_start_time_seconds", help, [(none(), started)])?;
    let Some(process) = scrape.process else { return Ok(()) };
    let resident = number(process.resident_bytes);
    page.gauges("process_resident_memory_bytes", "Memory that the process has in use", [(none(), resident)])?;
    page.gauges("process_open_fds", "Files and sockets that are open", [(none(), number(process.open_files))])?;
    page.gauges("process_threads", "Threads of the process", [(none(), number(process.threads))])
}

/// What enters plugins, and what is committed.
pub(super) fn entries(scrape: &Scrape, page: &mut Page<'_, '_>) -> Result<(), Error> {
    let of_both = |slot: &SlotNow| [("writer", slot.pulse.entries), ("reader", slot.pulse.reads)];
    let help = "Entries into the plugin, by the thread that writes or by one that reads";
    page.counters("mainstay_entries", help, each(scrape, "by", of_both))?;
    let of_both = |slot: &SlotNow| [("committed", slot.pulse.commits), ("lost", slot.pulse.uncommitted)];
    page.counters("mainstay_commits", "Transactions of the thread that writes", each(scrape, "outcome", of_both))?;
    let batches = scrape.by_slot(|slot| slot.pulse.batches.clone());
    page.spreads("mainstay_commit_entries", "Entries that shared a commit", Scale::Plain, batches)?;
    let queued = scrape.by_slot(|slot| count(slot.look.queued));
    page.gauges("mainstay_mailbox_entries", "Entries that wait for the thread that writes", queued)?;
    let capacity = count(scrape.mailbox_capacity);
    page.gauges("mainstay_mailbox_capacity", "Entries that may wait in one mailbox", [(none(), capacity)])?;
    let waits = scrape.by_slot(|slot| slot.pulse.waits.clone());
    page.spreads("mainstay_mailbox_wait_seconds", "How long entries waited for their turn", Scale::Time, waits)?;
    let of_both = |slot: &SlotNow| [("full", slot.pulse.full), ("expired", slot.pulse.expired)];
    let help = "Entries for which there was no room, or whose turn did not come in time";
    page.counters("mainstay_mailbox_refused", help, each(scrape, "reason", of_both))?;
    let help = "Instances that were lost because the plugin failed";
    let traps = scrape.by_slot(|slot| slot.look.traps);
    page.counters("mainstay_plugin_traps", help, traps)
}

/// Versions, and how they are exchanged.
pub(super) fn swaps(scrape: &Scrape, page: &mut Page<'_, '_>) -> Result<(), Error> {
    let serving = scrape.by_slot(|slot| if slot.look.open && slot.look.stalled.is_none() { 1.0 } else { 0.0 });
    page.gauges("mainstay_slot_serving", "Whether a plugin serves in the slot", serving)?;
    let generations = scrape.by_slot(|slot| slot.look.generation.map_or(0.0, |generation| number(generation.0)));
    page.gauges("mainstay_slot_generation", "Which generation serves", generations)?;
    let versions = scrape.slots.iter().filter_map(|slot| {
        let (plugin, version) = slot.look.version.clone()?;
        Some((vec![("slot", slot.name.to_string()), ("plugin", plugin), ("version", version)], 1.0))
    });
    page.gauges("mainstay_slot_info", "Which version of which plugin serves", versions)?;
    let outcomes = |slot: &SlotNow| std::array::from_fn(|place| (OUTCOMES[place], slot.pulse.swaps[place]));
    page.counters(
        "mainstay_swaps",
        "Attempts to exchange versions",
        each::<{ OUTCOMES.len() }>(scrape, "outcome", outcomes),
    )?;
    let pauses = scrape.by_slot(|slot| slot.pulse.pauses.clone());
    page.spreads("mainstay_swap_pause_seconds", "How long calls queued for a swap", Scale::Time, pauses)?;
    let durations = scrape.by_slot(|slot| slot.pulse.durations.clone());
    let help = "How long committed swaps took from beginning to end";
    page.spreads("mainstay_swap_seconds", help, Scale::Time, durations)?;
    let both =
        |slot: &SlotNow| [("successful", slot.pulse.restarts_successful), ("failed", slot.pulse.restarts_failed)];
    page.counters("mainstay_restarts", "Restarts of a slot", each(scrape, "outcome", both))?;
    let recoveries = scrape.by_slot(|slot| slot.pulse.recoveries);
    page.counters("mainstay_recoveries", "Swaps of the host itself, because a version did not do well", recoveries)?;
    let losses = scrape.by_slot(|slot| slot.pulse.losses);
    let help = "Committed swaps at which some working state did not come through";
    page.counters("mainstay_state_losses", help, losses)?;
    let exported = scrape.by_slot(|slot| number(slot.pulse.exported));
    page.gauges("mainstay_exported_state_bytes", "Size of the state that was exported last", exported)?;
    let limit = count(scrape.exported_limit);
    page.gauges("mainstay_exported_state_limit_bytes", "Size that it may have", [(none(), limit)])
}

/// Who is connected, and who came back.
pub(super) fn clients(scrape: &Scrape, page: &mut Page<'_, '_>) -> Result<(), Error> {
    let in_flight = scrape.in_flight.iter().map(|(state, calls)| (one("state", state), count(*calls)));
    page.gauges("mainstay_calls_in_flight", "Calls under way, by how far they are", in_flight)?;
    let sessions = scrape.sessions.iter().map(|(transport, open)| (one("transport", transport), count(*open)));
    page.gauges("mainstay_sessions", "Sessions that are open", sessions)?;
    let help =
        "Part of the restarts, of the swaps' state and of the clients cut off by the end of a host that came through";
    page.gauges("mainstay_success_ratio", help, ratios(scrape))?;
    let known = scrape.reconnections.as_ref();
    let results = known.into_iter().flat_map(|known| {
        [("successful", known.successful), ("failed", known.failed), ("pending", known.pending)]
            .map(|(result, sessions)| (one("result", result), number(sessions)))
    });
    let help = "Remembered sessions that the end of a host cut off, by whether their client came back";
    page.gauges("mainstay_reconnections", help, results)?;
    let average = known.and_then(|known| known.average_ms).map(|average| (none(), average / 1_000.0));
    let help = "How long clients were away that came back, on average";
    page.gauges("mainstay_reconnection_average_seconds", help, average)
}

/// Those of which there is anything to say.
fn ratios(scrape: &Scrape) -> Vec<(Labels, f64)> {
    let sum = |number: fn(&SlotNow) -> u64| scrape.slots.iter().map(number).sum::<u64>();
    let restarts = (sum(|slot| slot.pulse.restarts_successful), sum(|slot| slot.pulse.restarts_failed));
    let (committed, losses) = (sum(|slot| slot.pulse.swaps[0]), sum(|slot| slot.pulse.losses));
    let back = scrape.reconnections.as_ref().map_or((0, 0), |known| (known.successful, known.failed));
    let of = [("restarts", restarts), ("state", (committed.saturating_sub(losses), losses)), ("reconnections", back)];
    let ratio = |(of, (well, ill)): (&str, (u64, u64))| {
        (well + ill > 0).then(|| (one("of", of), number(well) / number(well + ill)))
    };
    of.into_iter().filter_map(ratio).collect()
}

/// A line for each slot and each of its words.
fn each<const N: usize>(
    scrape: &Scrape,
    label: &'static str,
    words: impl Fn(&SlotNow) -> [(&'static str, u64); N],
) -> Vec<(Labels, u64)> {
    let of = |slot: &SlotNow| {
        let name = slot.name.to_string();
        words(slot).map(|(word, count)| (vec![("slot", name.clone()), (label, word.to_owned())], count))
    };
    scrape.slots.iter().flat_map(of).collect()
}

fn none() -> Labels {
    Vec::new()
}

fn one(label: &'static str, value: &str) -> Labels {
    vec![(label, value.to_owned())]
}

fn count(count: usize) -> f64 {
    number(u64::try_from(count).unwrap_or(u64::MAX))
}

#[expect(clippy::cast_precision_loss, reason = "nothing here comes near 2^53")]
fn number(number: u64) -> f64 {
    number as f64
}
