//! A component of another world.
#![cfg(target_family = "wasm")]

wit_bindgen::generate!({
    inline: "package elsewhere:greetings@1.0.0; world greeter { export greet: func() -> string; }",
});

struct AnotherWorld;

impl Guest for AnotherWorld {
    fn greet() -> String {
        "hello".to_owned()
    }
}

export!(AnotherWorld);
