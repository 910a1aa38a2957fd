//! What clients read beside tools: resources, prompts and suggestions.

use mainstay_plugin::{CompletionRequest, Plugin, Reference};

use crate::testing::Recorder;
use crate::{artifact, resources};

pub(super) fn exercise(host: &mut Recorder) {
    list(host);
    for uri in ["documents/plan", "tasks/p", "tasks/a", "board.json", "board/p.json", "card/b.json"] {
        host.read(&format!("orchestrator://{uri}"));
    }
    for uri in ["graph/p.mmd", "graph/many.svg"] {
        host.read(&format!("orchestrator://{uri}"));
    }
    host.read(resources::APP);
    host.host().read(|plugin, cx| plugin.self_test(cx)).expect("all is well");
    prompts(host);
    suggestions(host);
}

fn list(host: &mut Recorder) {
    let mut listed = |cursor: Option<&str>| {
        let page = host.host().read(|plugin, cx| plugin.list_resources(cx, cursor)).expect("a page");
        page.resources.into_iter().map(|resource| resource.uri).collect::<Vec<_>>()
    };
    assert!(listed(None).iter().any(|uri| uri == "orchestrator://documents/plan"));
    assert!(!listed(Some("artifacts:1000")).is_empty(), "a cursor goes on");
}

/// Every prompt there is.
fn prompts(host: &mut Recorder) {
    let prompts = host.host().read(|plugin, cx| plugin.list_prompts(cx)).expect("prompts");
    assert!(prompts.len() > 3, "{prompts:?}");
    for prompt in prompts {
        let given = match prompt.name.as_str() {
            "plan" => ("goal", "g"),
            "handover" => ("plan_id", "p"),
            "review" => ("task_id", "a"),
            _ => ("task_id", "b"),
        };
        let arguments = [(given.0.to_owned(), given.1.to_owned())];
        host.host().read(|plugin, cx| plugin.get_prompt(cx, &prompt.name, &arguments)).expect("a prompt");
    }
}

fn suggestions(host: &mut Recorder) {
    let prompt = |name: &str| Reference::Prompt(name.to_owned());
    let template = |uri: &str| Reference::ResourceTemplate(uri.to_owned());
    let references = [
        (prompt("coder"), "task_id", "m"),
        (prompt("review"), "task_id", "a"),
        (prompt("review"), "specialist_type", "c"),
        (prompt("handover"), "plan_id", "m"),
        (template(artifact::TEMPLATE), "artifact_id", "artifact_"),
        (template(resources::SVG), "task_id", "m"),
        (template(resources::MERMAID), "task_id", "m"),
        (template(resources::PLAN), "plan_id", "m"),
        (template(resources::CARD), "task_id", "m"),
    ];
    for (reference, argument, value) in references {
        for value in ["", value] {
            let request = CompletionRequest {
                reference: reference.clone(),
                argument: argument.to_owned(),
                value: value.to_owned(),
                context: Vec::new(),
            };
            let found = host.host().read(|plugin, cx| plugin.complete(cx, &request)).expect("suggestions");
            assert!(!found.values.is_empty(), "{request:?}");
        }
    }
}
