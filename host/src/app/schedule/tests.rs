use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use super::follow;
use crate::config::{Live, Settings};
use crate::plugin::Compiler;
use crate::store::{DataDir, HostDb, backups};
use crate::swap::Slots;

/// A host without a slot, whose clients ask for nothing: all there is to copy is its own file.
struct Scene {
    _root: tempfile::TempDir,
    dir: DataDir,
    live: Live,
    slots: Slots,
    idle_minutes: AtomicU64,
    /// How often the clocks were looked at.
    looks: AtomicUsize,
}

impl Scene {
    fn new(schedules: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let dir = DataDir::open(Some(root.path().to_owned())).unwrap();
        drop(HostDb::open(&dir).unwrap());
        let settings = settings(schedules);
        let compiler = Compiler::new("no program".into(), settings.compile.clone());
        let live = Live::new(settings);
        let slots = Slots::new(Vec::new(), compiler, live.clone(), dir.clone());
        Self { _root: root, dir, live, slots, idle_minutes: AtomicU64::new(0), looks: AtomicUsize::new(0) }
    }

    async fn follow(&self) {
        let idle_for = || {
            self.looks.fetch_add(1, Ordering::Relaxed);
            Duration::from_secs(60 * self.idle_minutes.load(Ordering::Relaxed))
        };
        follow(&self.slots, &self.live, idle_for).await;
    }

    /// The settings change. Comes back when that is being taken up, and what was under way is done.
    async fn set(&self, schedules: &str) {
        let before = self.looks.load(Ordering::Relaxed);
        self.live.set(settings(schedules));
        until(|| self.looks.load(Ordering::Relaxed) > before).await;
    }

    fn copies(&self) -> usize {
        backups(&self.dir).unwrap().len()
    }
}

fn settings(schedules: &str) -> Settings {
    #[derive(serde::Deserialize)]
    struct Schedules {
        schedule: Vec<crate::config::Schedule>,
    }
    let Schedules { schedule } = toml::from_str(schedules).unwrap();
    Settings { schedule, ..Settings::default() }
}

async fn until(holds: impl Fn() -> bool) {
    let end = tokio::time::Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(tokio::time::Instant::now() < end);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

const WHEN_IDLE: &str = "[[schedule]]\nidle_minutes = 10\naction = \"backup\"\n";
const EACH_SECOND: &str = "[[schedule]]\ncron = \"* * * * * *\"\naction = \"backup\"\n";
const NONE: &str = "schedule = []";

#[tokio::test]
async fn what_is_to_be_done_when_idle_is_done_once_whatever_wakes_it() {
    let scene = Scene::new(WHEN_IDLE);
    scene.idle_minutes.store(9, Ordering::Relaxed);
    let script = async {
        scene.set(WHEN_IDLE).await;
        scene.set(WHEN_IDLE).await;
        assert_eq!(scene.copies(), 0);
        scene.idle_minutes.store(10, Ordering::Relaxed);
        scene.set(WHEN_IDLE).await;
        until(|| scene.copies() == 1).await;
        for _ in 0..5 {
            scene.set(WHEN_IDLE).await;
        }
        assert_eq!(scene.copies(), 1);
    };
    tokio::select! {
        () = scene.follow() => panic!("it ended"),
        () = script => {}
    }
}

#[tokio::test]
async fn schedules_come_and_go_with_the_settings() {
    let scene = Scene::new(NONE);
    let script = async {
        scene.set(NONE).await;
        scene.set(EACH_SECOND).await;
        until(|| scene.copies() >= 2).await;
        // The first may meet what is still planned.
        for _ in 0..3 {
            scene.set(NONE).await;
        }
        let copies = scene.copies();
        scene.idle_minutes.store(10, Ordering::Relaxed);
        scene.set(WHEN_IDLE).await;
        until(|| scene.copies() > copies).await;
        scene.set(NONE).await;
        assert_eq!(scene.copies(), copies + 1);
    };
    tokio::select! {
        () = scene.follow() => panic!("it ended"),
        () = script => {}
    }
}
