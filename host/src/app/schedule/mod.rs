//! What the settings say is to be done at certain times. [`due`] knows when, [`work`] what.
//!
//! Schedules are seen to one after the other, so that a backup is not of the midst of a restart. Up to when each has been
//! seen to is kept in the host's own file, before it is done: what ends the host is not done again and again, and a
//! backup for which no host was running at night is made when the next begins. A restart is not made up for: a host
//! that begins is one.

mod due;
mod work;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chrono::Local;

use self::due::{Due, Moment};
use self::work::Work;
use crate::config::{Action, Live, Schedule, When};
use crate::model::chain;
use crate::swap::Slots;

/// A schedule that is seen to.
#[derive(Debug)]
struct Planned {
    /// Under which it is remembered.
    key: String,
    schedule: Schedule,
    due: Due,
}

/// Sees to what is scheduled, as the settings have it, while this process is the host. Does not end.
pub(super) async fn follow(slots: &Slots, live: &Live, idle_for: impl Fn() -> Duration) {
    let now = || Moment { wall: Local::now(), steady: Instant::now(), idle: idle_for() };
    let mut settings = live.subscribe();
    let mut planned: HashMap<String, Planned> = HashMap::new();
    loop {
        let wanted = settings.borrow_and_update().schedule.clone();
        let mut plan = plan(slots, &mut planned, &wanted, &now()).await;
        loop {
            for one in &mut plan {
                if one.due.take(&now()) {
                    remember(slots, one).await;
                    Work { slots, live, schedule: &one.schedule }.carry_out().await;
                }
            }
            let wait = plan.iter().map(|one| one.due.wait(&now())).min();
            // Without schedules there is nothing to wait for but settings.
            let wait = wait.map_or(Duration::MAX, |wait| wait.max(Duration::from_millis(1)));
            tokio::select! {
                changed = settings.changed() => if changed.is_ok() { break } else { return },
                () = tokio::time::sleep(wait) => {}
            }
        }
        planned = plan.into_iter().map(|one| (one.key.clone(), one)).collect();
    }
}

/// What is to be seen to from now on. What was before goes on from where it is.
async fn plan(
    slots: &Slots,
    planned: &mut HashMap<String, Planned>,
    wanted: &[Schedule],
    now: &Moment<Local>,
) -> Vec<Planned> {
    let keys: Vec<_> = wanted.iter().map(key).collect();
    let known = slots.with_host_db(move |db| db.forget_schedules_except(&keys).and_then(|()| db.schedule_runs())).await;
    let known = known.unwrap_or_else(|| Ok(HashMap::new())).unwrap_or_else(|error| {
        tracing::warn!(error = chain(&error), "it is not known what of the schedules is done");
        HashMap::new()
    });
    let mut plan: Vec<Planned> = Vec::new();
    for schedule in wanted {
        let key = key(schedule);
        if plan.iter().any(|one| one.key == key) {
            continue;
        }
        let one = planned.remove(&key).unwrap_or_else(|| {
            let seen_to = known.get(&key).copied().filter(|_| schedule.action != Action::Restart);
            Planned { key, schedule: schedule.clone(), due: Due::new(&schedule.when, seen_to, now) }
        });
        // One that is new is as good as seen to up to now: else a host that ends before its time would never know.
        remember(slots, &one).await;
        plan.push(Planned { schedule: schedule.clone(), ..one });
    }
    plan
}

async fn remember(slots: &Slots, one: &Planned) {
    let (key, Some(seen_to)) = (one.key.clone(), one.due.seen_to()) else { return };
    if let Some(Err(error)) = slots.with_host_db(move |db| db.record_schedule_run(&key, seen_to)).await {
        tracing::warn!(error = chain(&error), schedule = one.key, "it could not be noted that a schedule is seen to");
    }
}

/// The same for the same time, action and slot.
fn key(schedule: &Schedule) -> String {
    let when = match &schedule.when {
        When::Cron(cron) => format!("cron {:?}", cron.as_str()),
        When::Idle(long) => format!("idle {}", long.as_secs() / 60),
    };
    let slot = schedule.slot.as_ref().map_or("*", |slot| slot.as_str());
    format!("{when} {:?} {slot}", schedule.action)
}

#[cfg(test)]
mod tests;
