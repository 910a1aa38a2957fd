//! Tools that answer at once, with every kind of content there is.

use mainstay_plugin::ResourceContents;
use mainstay_plugin::bindings::mainstay::plugin::types::{EmbeddedResource, MediaContent};
use mainstay_plugin::prelude::*;

use super::{Conformance, IMAGE, Told, said, text};
use crate::Nothing;

/// Nothing to be heard, as WAV.
const AUDIO: [u8; 44] = [
    0x52, 0x49, 0x46, 0x46, 0x24, 0x00, 0x00, 0x00, 0x57, 0x41, 0x56, 0x45, 0x66, 0x6d, 0x74, 0x20, 0x10, 0x00, 0x00,
    0x00, 0x01, 0x00, 0x01, 0x00, 0x44, 0xac, 0x00, 0x00, 0x88, 0x58, 0x01, 0x00, 0x02, 0x00, 0x10, 0x00, 0x64, 0x61,
    0x74, 0x61, 0x00, 0x00, 0x00, 0x00,
];

pub(super) fn tools() -> Vec<Tool<Conformance>> {
    let simple = "This is a simple text response for testing.";
    let wrong = "This tool intentionally returns an error for testing";
    vec![
        tool("test_simple_text", "Answers with text.", move || text(simple)),
        tool("test_image_content", "Answers with an image.", || {
            said(vec![Content::image(IMAGE.to_vec(), "image/png")])
        }),
        tool("test_audio_content", "Answers with a sound.", || said(vec![audio()])),
        tool("test_embedded_resource", "Answers with a resource.", || {
            let contents = "This is an embedded resource content.";
            said(vec![embedded("test://embedded-resource", "text/plain", contents)])
        }),
        tool("test_multiple_content_types", "Answers with content of several kinds.", || {
            let resource =
                embedded("test://mixed-content-resource", "application/json", r#"{"test":"data","value":123}"#);
            let image = Content::image(IMAGE.to_vec(), "image/png");
            said(vec![Content::text("Multiple content types test:"), image, resource])
        }),
        tool("test_error_handling", "Always fails.", move || text(wrong).as_error()),
    ]
}

fn tool(name: &str, description: &str, answer: impl Fn() -> Reply<super::Said> + 'static) -> Tool<Conformance> {
    let answer = move |_: &mut Conformance, _: &Context<'_>, _: Nothing| -> Told { Ok(answer()) };
    Tool::new(name, description, answer).read_only()
}

fn audio() -> Content {
    let mime_type = "audio/wav".to_owned();
    Content::Audio(MediaContent { data: AUDIO.to_vec(), mime_type, annotations: None, meta: None })
}

pub(super) fn embedded(uri: &str, mime_type: &str, text: &str) -> Content {
    let contents = ResourceContents::text(uri, mime_type, text);
    Content::Embedded(EmbeddedResource { contents, annotations: None, meta: None })
}
