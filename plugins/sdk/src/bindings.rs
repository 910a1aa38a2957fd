//! What `wit-bindgen` makes of the contract, used as it is: the WIT is the only definition of its types.

#![allow(missing_debug_implementations, clippy::all, clippy::pedantic, reason = "generated code")]

wit_bindgen::generate!({
    path: "../../wit",
    world: "mainstay:plugin/plugin",
    pub_export_macro: true,
    export_macro_name: "export_plugin",
    default_bindings_module: "mainstay_plugin::bindings",
    additional_derives: [PartialEq],
});

/// The `resources` export, generated apart because a plugin need not have it.
pub mod resources {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "mainstay:plugin/with-resources",
        pub_export_macro: true,
        export_macro_name: "export_resources",
        default_bindings_module: "mainstay_plugin::bindings::resources",
        additional_derives: [PartialEq],
        with: { "mainstay:plugin/types@0.1.0": crate::bindings::mainstay::plugin::types },
    });
}

/// The `prompts` export, generated apart because a plugin need not have it.
pub mod prompts {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "mainstay:plugin/with-prompts",
        pub_export_macro: true,
        export_macro_name: "export_prompts",
        default_bindings_module: "mainstay_plugin::bindings::prompts",
        additional_derives: [PartialEq],
        with: { "mainstay:plugin/types@0.1.0": crate::bindings::mainstay::plugin::types },
    });
}

/// The `completion` export, generated apart because a plugin need not have it.
pub mod completion {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "mainstay:plugin/with-completion",
        pub_export_macro: true,
        export_macro_name: "export_completion",
        default_bindings_module: "mainstay_plugin::bindings::completion",
        additional_derives: [PartialEq],
        with: { "mainstay:plugin/types@0.1.0": crate::bindings::mainstay::plugin::types },
    });
}

/// The `asking-prompts` export, generated apart because a plugin need not have it.
pub mod asking_prompts {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "mainstay:plugin/with-asking-prompts",
        pub_export_macro: true,
        export_macro_name: "export_asking_prompts",
        default_bindings_module: "mainstay_plugin::bindings::asking_prompts",
        additional_derives: [PartialEq],
        with: { "mainstay:plugin/types@0.1.0": crate::bindings::mainstay::plugin::types },
    });
}
