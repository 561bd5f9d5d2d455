//! The `tandem` command.

use std::path::PathBuf;
use std::process::ExitCode;

use gateway::io::{files, start};

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let (Some(command), Some(_), Some(file)) = (words.next(), words.next(), words.next()) else {
        return ExitCode::from(2);
    };
    if command != "run" {
        return ExitCode::from(2);
    }
    let loaded = match files::load_config(&PathBuf::from(file)) {
        Ok(loaded) => loaded,
        Err(mistakes) => {
            for mistake in mistakes {
                tracing::error!("{mistake}");
            }
            return ExitCode::from(3);
        }
    };
    match start::start(loaded.config, Box::new(|_| {})) {
        Ok(running) => {
            while running.is_alive() {
                std::thread::park();
            }
            ExitCode::SUCCESS
        }
        Err(why) => {
            tracing::error!("{why}");
            ExitCode::FAILURE
        }
    }
}
