//! A real phone: baresip speaks to the echo behind the E1 and keeps what it hears.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tests::io::child::Child;
use tests::io::lab::{material, scratch};

use crate::{Verdict, field, speech};

/// The phone's own SIP port.
const PHONE_PORT: u16 = 15_071;
/// How long the phone stays in its call, in seconds.
const TALK: u64 = 14;
/// The least score of speech that went through a phone's own resampling and play-out, and the E1 and back.
const PESQ_MIN: f64 = 3.5;

fn config(folder: &Path, speech: &Path) -> String {
    format!(
        "poll_method epoll\nsip_listen 127.0.0.1:{PHONE_PORT}\nnet_interface 127.0.0.1\nmodule_path /usr/lib/baresip/modules\n\
         audio_source aufile,{speech}\naudio_player aubridge,nowhere\naudio_alert aubridge,nowhere\n\
         audio_srate 8000\naudio_channels 1\nrtp_ports 41000-41100\nrtp_timeout 0\njitter_buffer_delay 2-8\n\
         snd_path {folder}\n\
         module g711.so\nmodule aufile.so\nmodule aubridge.so\nmodule sndfile.so\n\
         module_tmp account.so\nmodule_app menu.so\n",
        speech = speech.display(),
        folder = folder.display()
    )
}

/// The recording of what was decoded.
fn recording(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    let mut names: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    names.retain(|path| path.to_string_lossy().ends_with("dec.wav"));
    names.pop()
}

/// The shared speech as the phone plays it: 8 kHz, so that it resamples nothing.
pub(crate) fn echo() -> Verdict {
    let mut gateway = field::start("baresip")?;
    let folder = scratch("baresip").map_err(|why| why.to_string())?;
    let spoken = folder.join("speech.wav");
    narrow(&material().join("speech/speech.wav"), &spoken)?;
    fs::write(folder.join("config"), config(&folder, &spoken)).map_err(|why| why.to_string())?;
    let account = format!("<sip:tester@127.0.0.1:{PHONE_PORT}>;regint=0;audio_codecs=pcma\n");
    fs::write(folder.join("accounts"), account).map_err(|why| why.to_string())?;
    fs::write(folder.join("contacts"), "").map_err(|why| why.to_string())?;
    let log = fs::File::create(folder.join("baresip.log")).map_err(|why| why.to_string())?;
    let mut command = Command::new("baresip");
    command.arg("-f").arg(&folder).args(["-t", &TALK.to_string()]);
    command.args(["-e", &format!("d sip:1000@{}", field::local(field::SIP_PORT))]);
    command.stdout(log.try_clone().map_err(|why| why.to_string())?).stderr(Stdio::from(log));
    let mut phone = Child::start(&mut command).map_err(|why| format!("baresip: {why}"))?;
    phone.wait(Duration::from_secs(TALK + 20)).ok_or("baresip does not end")?;
    field::still_well(&mut gateway)?;
    let said = fs::read_to_string(folder.join("baresip.log")).unwrap_or_default();
    let heard = recording(&folder).ok_or_else(|| format!("baresip recorded nothing:\n{said}"))?;
    let score = speech::pesq(&spoken, &heard)?;
    if score >= PESQ_MIN {
        Ok(format!("PESQ-NB {score}"))
    } else {
        Err(format!("PESQ-NB {score}, below {PESQ_MIN}"))
    }
}

/// Halves the rate of 16 kHz speech by averaging neighbours.
fn narrow(wide: &Path, path: &Path) -> Result<(), String> {
    let mut reader = hound::WavReader::open(wide).map_err(|why| format!("{}: {why}", wide.display()))?;
    let samples: Vec<i16> = reader.samples::<i16>().filter_map(Result::ok).collect();
    let spec = hound::WavSpec { sample_rate: reader.spec().sample_rate / 2, ..reader.spec() };
    let mut writer = hound::WavWriter::create(path, spec).map_err(|why| why.to_string())?;
    for pair in samples.chunks_exact(2) {
        writer.write_sample(i16::midpoint(pair[0], pair[1])).map_err(|why| why.to_string())?;
    }
    writer.finalize().map_err(|why| why.to_string())
}
