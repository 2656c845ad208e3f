//! Who listens for the canary: everything that is logged, and whatever a test holds out.

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

/// The canary as text.
pub(crate) const TEXT: &str = "k4narienv0gel";
/// The canary as a number.
pub(crate) const NUMBER: i64 = 4_711_081_547_110_815;

/// The form in which the canary is in the bytes, if it is.
pub(crate) fn heard(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let list = |bytes: &[u8]| format!("{bytes:?}").trim_matches(['[', ']']).to_owned();
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    };
    let mut forms = vec![
        TEXT.to_owned(),
        NUMBER.to_string(),
        list(&TEXT.as_bytes()[..4]),
        hex(&TEXT.as_bytes()[..4]),
        hex(&NUMBER.to_be_bytes()),
    ];
    // Base64 has three forms, by what is before it. The ends depend on what is around, so they don't count.
    for before in 0..3 {
        let coded = BASE64_STANDARD_NO_PAD.encode([&vec![b' '; before][..], TEXT.as_bytes()].concat());
        forms.push(coded[(before * 8).div_ceil(6)..coded.len() - 2].to_owned());
    }
    forms.into_iter().find(|form| text.contains(form.as_str()))
}

/// Everything that was logged.
#[derive(Clone, Default)]
pub(crate) struct Silence(Arc<Mutex<Vec<u8>>>);

impl Silence {
    /// Turns all logs on: spans and events of `tracing`, and what libraries say by `log`.
    pub(crate) fn begin() -> Self {
        let silence = Self::default();
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(silence.clone())
            .init();
        silence
    }

    /// Fails where the canary is in the bytes.
    #[track_caller]
    #[allow(clippy::unused_self, reason = "it reads as what is meant")]
    pub(crate) fn must_hold(&self, what: &str, bytes: &[u8]) {
        if let Some(form) = heard(bytes) {
            panic!("{what} has the canary as {form}: {}", String::from_utf8_lossy(bytes));
        }
    }

    /// Fails where the canary is in a log line.
    #[track_caller]
    pub(crate) fn must_hold_in_the_log(&self) {
        let log = self.0.lock().expect("no panic");
        let lines = log.split(|byte| *byte == b'\n');
        assert!(lines.clone().count() > 1000, "the log is on");
        assert!(String::from_utf8_lossy(&log).contains(" fourfold::"), "the service logs");
        for line in lines {
            self.must_hold("a log line", line);
        }
    }
}

impl io::Write for Silence {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Silence {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
