use mainstay_plugin::{Plugin, ResourceBody, ResourceContents, ResourceError};
use serde_json::{Value, json};

use super::{APP, HTML};
use crate::testing::{Host, done, host, shop};

fn read(host: &mut Host, uri: &str) -> Result<ResourceContents, ResourceError> {
    Ok(host.read(|plugin, cx| plugin.read_resource(cx, uri))?.remove(0))
}

#[test]
fn the_app_is_a_page_as_mcp_apps_wants_it() {
    let mut host = host();
    host.caller_mut().working_directory = None;
    let app = read(&mut host, APP).expect("it is always there");
    assert_eq!(app.mime_type.as_deref(), Some("text/html;profile=mcp-app"));
    let meta: Value = serde_json::from_str(app.meta.as_deref().expect("meta")).expect("JSON");
    assert_eq!(meta, json!({"ui": {"prefersBorder": true}}));
    assert!(matches!(app.body, ResourceBody::Text(text) if text == HTML));
}

#[test]
fn the_app_loads_nothing_and_puts_in_no_markup() {
    assert!(HTML.len() < 60_000, "{}", HTML.len());
    for never in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "http:",
        "https:",
        "//cdn",
        "<link",
        " src=",
        "@import",
        "fetch(",
        "XMLHttpRequest",
        "localStorage",
    ] {
        assert!(!HTML.contains(never), "{never}");
    }
}

#[test]
fn boards_and_cards_are_json() {
    let mut host = host();
    shop(&mut host);
    for uri in ["orchestrator://board.json", "orchestrator://board/shop.json", "orchestrator://card/build.json"] {
        let contents = read(&mut host, uri).expect("it is there");
        assert_eq!((contents.uri.as_str(), contents.mime_type.as_deref()), (uri, Some("application/json")));
    }
}

#[test]
fn what_is_no_board_is_not_found_nor_that_of_another_workspace() {
    let mut host = host();
    shop(&mut host);
    for uri in [
        "orchestrator://board/shop",
        "orchestrator://board/nothing.json",
        "orchestrator://board/.json",
        "orchestrator://card/x.json",
        "orchestrator://card/",
        "ui://orchestrator/other",
    ] {
        assert!(matches!(read(&mut host, uri), Err(ResourceError::NotFound)), "{uri}");
    }
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/other"}));
    for uri in ["orchestrator://board/shop.json", "orchestrator://card/build.json"] {
        assert!(matches!(read(&mut host, uri), Err(ResourceError::NotFound)), "{uri}");
    }
}
