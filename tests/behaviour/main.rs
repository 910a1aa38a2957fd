//! What Mainstay promises, a chapter each, told through the real program and raw lines.

mod a_backup_brings_data_back;
mod a_copied_file_is_an_upgrade;
mod a_full_disk_changes_nothing;
mod a_full_disk_fails_no_half_swap;
mod a_restart_begins_anew;
mod a_service_manager_is_told;
mod a_swap_loses_nothing_in_sight;
mod a_thousand_swaps;
mod a_zombie_is_fenced;
mod acknowledged_is_kept;
mod an_entry_is_all_or_nothing;
mod answers_are_short;
mod bad_arguments_change_nothing;
mod bad_input_over_http;
mod bad_plugins_change_nothing;
mod bad_sql_changes_nothing;
mod bad_versions_do_not_last;
mod bad_versions_never_serve;
mod calls_are_traced;
mod calls_that_are_carried;
mod calls_that_wait;
mod calls_that_wait_outlive_a_swap;
mod claims;
mod claims_of_the_reference;
mod claims_of_the_specification;
mod claims_of_the_test_report;
mod claims_of_the_user_guide;
mod data_belongs_to_one_host;
mod entries_are_reproducible;
mod files_are_read_as_granted;
mod fresh_instances_answer_the_same;
mod inside;
mod killed_at_every_step;
mod many_clients_through_restarts;
mod model;
mod moving_in_and_out;
mod operators_have_tools_of_their_own;
mod plugins_do_all_of_the_protocol;
mod probing_takes_no_lock;
mod processes_join;
mod progress_and_log;
mod readers_run_beside_the_writer;
mod reboot_health_check;
mod reboot_limits_and_roles;
mod reboot_reconnect_test;
mod reboot_restart_server;
mod reboot_restart_status;
mod reboot_rollback;
mod reboot_shutdown_prepare;
mod reboot_tools_answer_in_every_phase;
mod rollback_goes_back;
mod schedules_do_their_work;
mod serving_over_http;
mod serving_over_https;
mod settings_apply_while_it_runs;
mod slots_are_separate;
mod snapshots_bring_state_back;
mod state_at_rest_is_sealed;
mod stdout_is_the_protocol;
mod stored_formats_are_still_read;
mod stuck_plugins_are_stopped;
mod tasks_go_on_without_their_client;
mod the_command_line_hands_out_tokens;
mod the_command_line_restarts_and_checks;
mod the_command_line_says_what_happened;
mod the_host_is_replaced;
mod the_host_is_replaced_under_http;
mod the_list_of_tools_is_stable;
mod the_model;
mod the_numbers_are_right;
mod the_orchestrator_upgrades_under_load;
mod tidy;
mod too_much_at_once_is_told_to_wait;
mod who_may_come_over_http;
mod workspaces_are_separate;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;
use mainstay_tests::relay::Row;
use mainstay_tests::{Client, Host, Program};
use serde_json::json;

/// The program under test.
const PROGRAM: Program = Program { path: env!("CARGO_BIN_EXE_mainstay"), scratch: env!("CARGO_TARGET_TMPDIR") };

type TestResult = anyhow::Result<()>;

/// Serves a guest on a data directory of its own.
fn serving(guest: &str) -> anyhow::Result<Host> {
    PROGRAM.host(guest)
}

/// What a guest has marked and kept. Tables and keys are one savepoint, so they say the same.
fn marks(client: &mut Client) -> anyhow::Result<Vec<String>> {
    let marks = client.done("marks", json!({}))?;
    let rows: Vec<String> = serde_json::from_value(marks["rows"].clone())?;
    let keys: Vec<String> = serde_json::from_value(marks["keys"].clone())?;
    let mut sorted = rows.clone();
    sorted.sort();
    sorted.dedup();
    ensure!(sorted == keys, "the table says {rows:?}, the keys say {keys:?}");
    Ok(rows)
}

/// Leaves a mark that is to stay.
fn mark(client: &mut Client, text: &str) -> TestResult {
    client.done("mark", json!({ "text": text })).map(drop)
}

/// Whether the instance that writes has served nobody yet. Asking ends that.
fn writer_is_fresh(client: &mut Client) -> anyhow::Result<bool> {
    Ok(client.done("age", json!({}))?["entries"] == 1)
}

/// What the guests of the family `relay` have appended, from the file itself: there may be more rows than one answer
/// carries.
fn appended(host: &Host) -> anyhow::Result<Vec<Row>> {
    let database = rusqlite::Connection::open(host.database())?;
    let mut select = database.prepare("SELECT client, number, version FROM appended ORDER BY id")?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Waits for something that no message tells.
fn until(what: &str, mut holds: impl FnMut() -> anyhow::Result<bool>) -> TestResult {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds()? {
        ensure!(Instant::now() < end, "it did not come true that {what}");
        thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}
