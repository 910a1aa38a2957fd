//! What is kept for longer than anybody needs it.

use super::slots::Slots;
use crate::model::SlotName;

impl Slots {
    /// Those that are open in this process.
    pub fn all_open(&self) -> Vec<SlotName> {
        let all = self.all();
        all.iter().filter(|slot| slot.supervisor_now().is_some()).map(|slot| slot.name().clone()).collect()
    }

    /// Has removed, in one slot or in all, calls that have waited for too long and components that nobody can go back
    /// to: soon, and not where a slot is not open.
    pub fn tidy_up(&self, slot: Option<&SlotName>) {
        for one in self.all() {
            if slot.is_none_or(|slot| slot == one.name()) {
                one.tidy_up();
            }
        }
    }
}
