//! The list of tools as it is sent, and who hears that it changed.

use std::sync::Arc;

use parking_lot::Mutex;
use rmcp::model::Tool;

use super::handler::Handler;
use crate::config::Publish;
use crate::model::surface::SurfaceId;
use crate::swap::Published;

/// What a client may have listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    Tools,
    Prompts,
    Resources,
}

/// The list that was sent last, in the protocol's words. Equal ids mean equal bytes.
#[derive(Debug, Default)]
pub(crate) struct Listed(Mutex<Option<(SurfaceId, Arc<[Tool]>)>>);

impl Listed {
    pub(crate) fn tools(&self, published: &Published) -> Arc<[Tool]> {
        let mut last = self.0.lock();
        if let Some((id, tools)) = &*last
            && *id == published.id
        {
            return Arc::clone(tools);
        }
        // From the canonical text, so that nothing is said in two ways.
        let parsed = published.tools.iter().filter_map(|tool| {
            serde_json::from_str::<Tool>(&tool.tool.text)
                .inspect_err(|error| tracing::error!(%error, tool = tool.tool.name, "a published tool cannot be read"))
                .ok()
        });
        let tools: Arc<[Tool]> = parsed.collect();
        *last = Some((published.id, Arc::clone(&tools)));
        tools
    }
}

impl Handler {
    /// Tells a client each time a list changes, after the new one is what it would get, until it cannot be told.
    pub(crate) async fn watch_lists<F: Future<Output = bool>>(self, tell: impl Fn(List) -> F) {
        let (mut list, mut others) = (self.slots().subscribe(), self.slots().subscribe_others());
        let id = |list: &Option<Arc<Published>>| list.as_ref().map(|list| list.id);
        // What is there now was there when the client came, unless it came from somewhere else.
        let now = id(&list.borrow_and_update());
        let mut known = self.session().was_shown().or(now);
        if known != now && now.is_some() && !tell(List::Tools).await {
            return;
        }
        known = now.or(known);
        let mut known_others = *others.borrow_and_update();
        loop {
            tokio::select! {
                () = self.client_left() => return,
                changed = list.changed() => if changed.is_err() { return },
                changed = others.changed() => if changed.is_err() { return },
            }
            match self.slots().settings().swap.publish {
                Publish::Now => {}
                Publish::WhenIdle => self.session().idle().await,
                Publish::NewSessions => continue,
            }
            let (now, now_others) = (id(&list.borrow_and_update()), *others.borrow_and_update());
            let changed = [
                (List::Tools, (known.is_some() && known != now) || known_others.tools != now_others.tools),
                (List::Prompts, known_others.prompts != now_others.prompts),
                (List::Resources, known_others.resources != now_others.resources),
            ];
            (known, known_others) = (now, now_others);
            for (which, changed) in changed {
                if changed && !tell(which).await {
                    return;
                }
            }
        }
    }
}
