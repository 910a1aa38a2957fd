use mainstay_plugin::{CompletionRequest, Plugin, Reference, ResourceError};
use serde_json::json;

use crate::testing::{Host, done, host, shop};

fn read(host: &mut Host, uri: &str) -> Result<Option<String>, ResourceError> {
    Ok(host.read(|plugin, cx| plugin.read_resource(cx, uri))?.remove(0).mime_type)
}

#[test]
fn a_graph_comes_in_two_formats() {
    let mut host = host();
    shop(&mut host);
    assert_eq!(read(&mut host, "orchestrator://graph/shop.mmd").expect("it").as_deref(), Some("text/vnd.mermaid"));
    assert_eq!(read(&mut host, "orchestrator://graph/shop.svg").expect("it").as_deref(), Some("image/svg+xml"));
}

#[test]
fn what_is_no_graph_is_not_found_nor_that_of_another_workspace() {
    let mut host = host();
    shop(&mut host);
    for name in ["shop.png", "shop", "", ".svg", "nothing.svg", "../shop.svg"] {
        let found = read(&mut host, &format!("orchestrator://graph/{name}"));
        assert!(matches!(found, Err(ResourceError::NotFound)), "{name}");
    }
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/other"}));
    assert!(matches!(read(&mut host, "orchestrator://graph/shop.svg"), Err(ResourceError::NotFound)));
}

#[test]
fn ids_of_plans_are_suggested() {
    let mut host = host();
    shop(&mut host);
    for template in [super::MERMAID, super::SVG] {
        let mut suggested = |value: &str| {
            let request = CompletionRequest {
                reference: Reference::ResourceTemplate(template.to_owned()),
                argument: "task_id".to_owned(),
                value: value.to_owned(),
                context: Vec::new(),
            };
            host.read(|plugin, cx| plugin.complete(cx, &request)).expect("suggestions").values
        };
        assert_eq!(suggested(""), ["shop"]);
        assert_eq!(suggested("de"), ["design"]);
    }
}
