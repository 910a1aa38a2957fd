//! `mainstay bench`: what things cost, measured on the machine at hand.

mod swap;

/// Measure what this program costs on this machine
#[derive(Debug, clap::Args)]
pub(super) struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Swap(swap::Swap),
}

impl Bench {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self.what {
            What::Swap(swap) => swap.run(),
        }
    }
}
