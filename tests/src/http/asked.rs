//! A request, byte for byte.

use std::net::SocketAddr;

use serde_json::Value;

/// A request, as it is sent.
#[derive(Debug, Clone)]
pub struct Asked {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Asked {
    /// A message, with all that a client has to say.
    pub fn post(message: &Value) -> Self {
        Self::new("POST").header("Content-Type", "application/json").body(message.to_string())
    }

    pub fn new(method: &str) -> Self {
        let (method, path) = (method.to_owned(), "/mcp".to_owned());
        Self { method, path, headers: Vec::new(), body: Vec::new() }
            .header("Accept", "application/json, text/event-stream")
    }

    /// At another path.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// In the place of one of that name.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// As it goes to that address. The connection is for this request alone, unless it says otherwise.
    pub fn bytes(&self, to: SocketAddr) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        let says = |name: &str| self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        if !says("host") {
            head += &format!("Host: {to}\r\n");
        }
        if !says("connection") {
            head += "Connection: close\r\n";
        }
        if !says("content-length") && !says("transfer-encoding") && !self.body.is_empty() {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        [format!("{head}\r\n").as_bytes(), &self.body].concat()
    }
}
