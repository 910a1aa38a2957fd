//! The tools of all slots, as clients are shown them: one list in an order that lasts.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::watch;

use crate::model::SlotName;
use crate::model::restart::HOST_TOOLS;
use crate::model::surface::{SurfaceId, ToolText, arrange};
use crate::store::PublishedTool;

/// A list of tools. Equal ids mean equal bytes.
#[derive(Debug)]
pub struct Published {
    pub id: SurfaceId,
    pub tools: Vec<PublishedTool>,
    by_name: HashMap<String, usize>,
}

/// The list of now, and whoever wants to hear of the next.
#[derive(Debug)]
pub(crate) struct Catalogue {
    tools: watch::Sender<Option<Arc<Published>>>,
}

/// How often the lists changed that are not kept here, because they depend on who asks, or were said to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Others {
    /// How often a plugin asked clients to look at its tools again.
    pub tools: u64,
    pub prompts: u64,
    /// Resources and their templates.
    pub resources: u64,
}

impl Published {
    pub(crate) fn new(tools: Vec<PublishedTool>) -> Self {
        let texts: Vec<ToolText> = tools.iter().map(|published| published.tool.clone()).collect();
        let by_name = tools.iter().enumerate().map(|(index, tool)| (tool.tool.name.clone(), index)).collect();
        Self { id: SurfaceId::of(&texts), tools, by_name }
    }

    /// The tool of that name.
    pub fn find(&self, name: &str) -> Option<&PublishedTool> {
        self.by_name.get(name).map(|index| &self.tools[*index])
    }

    /// The tool whose name is most like `name`, if one is like it at all: of a plugin, or of the host's own.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let likeness = |known: &&str| strsim::jaro_winkler(known, name);
        let names = self.tools.iter().map(|tool| tool.tool.name.as_str()).chain(HOST_TOOLS);
        let nearest = names.max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
        (likeness(&nearest) > 0.9).then_some(nearest)
    }

    /// The texts of one slot's tools.
    pub(crate) fn of_slot(&self, slot: &SlotName) -> Vec<ToolText> {
        self.tools.iter().filter(|tool| tool.slot == *slot).map(|tool| tool.tool.clone()).collect()
    }
}

impl Catalogue {
    pub(crate) fn new() -> Self {
        Self { tools: watch::Sender::new(None) }
    }

    pub(crate) fn get(&self) -> Option<Arc<Published>> {
        self.tools.borrow().clone()
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Option<Arc<Published>>> {
        self.tools.subscribe()
    }

    /// Nobody hears of a list that is what it was.
    pub(crate) fn replace(&self, tools: Vec<PublishedTool>) {
        let next = Arc::new(Published::new(tools));
        self.tools.send_if_modified(|now| {
            let changes = now.as_ref().is_none_or(|now| now.id != next.id);
            *now = Some(next);
            changes
        });
    }
}

/// The list that would be published if each slot had `offered`: what is in place keeps its position.
pub(crate) fn compose(
    stored: Vec<PublishedTool>,
    offered: &[(SlotName, Vec<ToolText>)],
    served: &[SlotName],
    now: u64,
) -> Vec<PublishedTool> {
    let mut tools: Vec<PublishedTool> = stored.into_iter().filter(|tool| served.contains(&tool.slot)).collect();
    for (slot, offered) in offered {
        let before: Vec<ToolText> = tools.iter().filter(|t| t.slot == *slot).map(|t| t.tool.clone()).collect();
        let list = arrange(&before, offered);
        let mut next: HashMap<String, ToolText> = list.iter().map(|tool| (tool.name.clone(), tool.clone())).collect();
        tools.retain_mut(|published| {
            if published.slot != *slot {
                return true;
            }
            let Some(tool) = next.remove(&published.tool.name) else { return false };
            if published.tool != tool {
                (published.tool, published.edited_at) = (tool, now);
            }
            true
        });
        let new = list.into_iter().filter(|tool| next.contains_key(&tool.name));
        tools.extend(new.map(|tool| PublishedTool { slot: slot.clone(), tool, edited_at: 0 }));
    }
    tools
}

#[cfg(test)]
mod tests;
