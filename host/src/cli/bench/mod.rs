//! `mainstay bench`: what things cost, measured on the machine at hand.

mod http;
mod progress;
mod swap;
mod tasks;

/// Measure what this program costs on this machine
#[derive(Debug, clap::Args)]
pub(super) struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Http(http::Http),
    Swap(swap::Swap),
    Tasks(tasks::Tasks),
}

impl Bench {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self.what {
            What::Http(http) => http.run(),
            What::Swap(swap) => swap.run(),
            What::Tasks(tasks) => tasks.run(),
        }
    }
}
