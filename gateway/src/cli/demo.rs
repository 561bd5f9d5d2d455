//! `tandem demo`: a call with speech, without any config.

use std::path::PathBuf;

use super::Exit;
use super::say::Say;
use crate::io::demo::{Demo as Shown, Report, Wishes};

#[derive(Debug, clap::Args)]
pub(super) struct Demo {
    /// Keep the gateway running afterwards
    #[arg(long)]
    stay: bool,
    /// A WAV file of speech to play instead of the built-in one
    #[arg(long, value_name = "FILE")]
    play: Option<PathBuf>,
    /// Where to keep what came back, as a WAV file
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

impl Demo {
    pub(super) fn run(&self, say: &Say) -> Exit {
        let wishes = Wishes { play: self.play.clone(), record: self.record.clone() };
        let shown = match Shown::run(&wishes) {
            Ok(shown) => shown,
            Err(why) => {
                say.wrong(&why);
                return Exit::Failed;
            }
        };
        let report = shown.report.clone();
        say.result(&report, || told(&report, self.stay));
        if self.stay {
            if let Err(why) = shown.stay() {
                say.wrong(&why);
                return Exit::Failed;
            }
        } else {
            shown.stop();
        }
        if report.good { Exit::Ok } else { Exit::Failed }
    }
}

/// The report for people.
fn told(report: &Report, stays: bool) -> String {
    let mut text =
        format!("A SIP phone called 1000 through the gateway and its simulated E1:\n\n{}\n", report.drawing);
    if report.answered {
        text.push_str(&format!(
            "The voice came back from the far end's echo:\n  codec       {}\n  similarity  {:.3} (1 is the same wave)\n  \
             delay       {:.0} ms there and back\n  level       {:+.1} dB\n  loss        {} of {} packets\n  \
             jitter      {:.1} ms\n  MOS         {:.2} (E-model, G.107)\n\n",
            report.codec.as_deref().unwrap_or("none"),
            report.similarity,
            report.delay_ms,
            report.level_db,
            report.packets_lost,
            report.packets.saturating_add(report.packets_lost),
            report.jitter_ms,
            report.mos,
        ));
    } else {
        text.push_str(&format!("Nobody answered: the call ended with {}.\n\n", report.status));
    }
    match report.http {
        Some(http) if stays => {
            text.push_str(&format!(
                "Console http://{http}/   metrics http://{http}/metrics   Ctrl-C ends it.\n"
            ));
        }
        Some(_) => {
            text.push_str("`tandem demo --stay` keeps it running, with its console and metrics on HTTP.\n");
        }
        None => {}
    }
    text.push_str(if report.good { "All is well.\n" } else { "Something is wrong.\n" });
    text
}
