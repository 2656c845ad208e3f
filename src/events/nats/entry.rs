//! What stands in the journal of a group, and how it is written: a word, and JSON.

use serde_json::{from_slice, to_vec};

use super::line::Mark;
use super::state::State;
use crate::events::turns::{Open, Standing};

/// An event that a group comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opened {
    pub(super) seq: u64,
    pub(super) key: Option<u64>,
}

/// How a delivery ends; a moment is microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// For good, well or as a dead letter.
    Done,
    Retry(i64),
    Returned,
}

/// Something that a group has done. Moments are microseconds by the clock of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// All of it, in place of what was before.
    State(Box<State>),
    /// What it listens to from now on.
    Types(Vec<String>),
    /// What is due is given out, and what it has come to.
    Take {
        now: i64,
        lease: i64,
        limit: usize,
        /// How many more of what has not been out before.
        ahead: usize,
        /// How many more of its key each brings with it.
        behind: usize,
        position: Mark,
        opened: Vec<Opened>,
    },
    Extend {
        until: i64,
        leases: Vec<(u64, i64)>,
    },
    Finish {
        now: i64,
        endings: Vec<(u64, i64, Ending)>,
    },
    /// It begins there, and what it has not ended is forgotten.
    Seek(u64),
    /// The stream ends before what the group has come to: it was made anew, or has lost its end. It begins anew, in the same
    /// round, so that the inbox knows what it has dealt with.
    Lost,
    /// Dead letters begin anew: place, key, token.
    Revive {
        now: i64,
        letters: Vec<(u64, Option<u64>, i64)>,
    },
}

/// One open event as it is written: place, key, standing, moment, attempts, token, again.
type Written = (u64, Option<u64>, u8, i64, u32, i64, bool);

fn written((seq, open): (&u64, &Open<u64>)) -> Written {
    let (standing, moment) = match open.standing {
        Standing::Behind => (0, 0),
        Standing::Ready(moment) => (1, moment),
        Standing::Out(moment) => (2, moment),
        Standing::Promised => (3, 0),
    };
    (*seq, open.key, standing, moment, open.attempts, open.token, open.again)
}

fn read((seq, key, standing, moment, attempts, token, again): Written) -> (u64, Open<u64>) {
    let standing = match standing {
        0 => Standing::Behind,
        1 => Standing::Ready(moment),
        2 => Standing::Out(moment),
        _ => Standing::Promised,
    };
    (seq, Open { key, standing, attempts, token, again })
}

fn place(mark: Mark) -> (u64, i64) {
    (mark.seq, mark.taken)
}

fn mark((seq, taken): (u64, i64)) -> Mark {
    Mark { seq, taken }
}

impl Entry {
    /// The word for what it is, and the rest.
    pub(super) fn write(&self) -> Result<(&'static str, Vec<u8>), serde_json::Error> {
        Ok(match self {
            Self::State(state) => {
                let open: Vec<Written> = state.turns.open().iter().map(written).collect();
                ("state", to_vec(&(&state.types, place(state.position), (state.round, state.losses), open))?)
            }
            Self::Types(types) => ("types", to_vec(types)?),
            Self::Take { now, lease, limit, ahead, behind, position, opened } => {
                let opened: Vec<_> = opened.iter().map(|opened| (opened.seq, opened.key)).collect();
                ("take", to_vec(&(now, lease, (limit, ahead, behind), place(*position), opened))?)
            }
            Self::Extend { until, leases } => ("extend", to_vec(&(until, leases))?),
            Self::Finish { now, endings } => {
                let ending = |(seq, token, ending): &(u64, i64, Ending)| match ending {
                    Ending::Done => (*seq, *token, 0, 0),
                    Ending::Retry(moment) => (*seq, *token, 1, *moment),
                    Ending::Returned => (*seq, *token, 2, 0),
                };
                let endings: Vec<(u64, i64, u8, i64)> = endings.iter().map(ending).collect();
                ("finish", to_vec(&(now, endings))?)
            }
            Self::Seek(position) => ("seek", to_vec(position)?),
            Self::Lost => ("lost", Vec::new()),
            Self::Revive { now, letters } => ("revive", to_vec(&(now, letters))?),
        })
    }

    /// `None` for what is no entry, or one of a later version.
    pub(super) fn read(word: &str, body: &[u8]) -> Option<Self> {
        Some(match word {
            "state" => {
                let (types, position, begun, open): (_, _, _, Vec<Written>) = from_slice(body).ok()?;
                Self::State(Box::new(State::restore(
                    types,
                    mark(position),
                    begun,
                    open.into_iter().map(read),
                )))
            }
            "types" => Self::Types(from_slice(body).ok()?),
            "take" => {
                let (now, lease, (limit, ahead, behind), position, opened): (
                    _,
                    _,
                    _,
                    _,
                    Vec<(u64, Option<u64>)>,
                ) = from_slice(body).ok()?;
                let opened = opened.into_iter().map(|(seq, key)| Opened { seq, key }).collect();
                Self::Take { now, lease, limit, ahead, behind, position: mark(position), opened }
            }
            "extend" => {
                let (until, leases) = from_slice(body).ok()?;
                Self::Extend { until, leases }
            }
            "finish" => {
                let (now, endings): (_, Vec<(u64, i64, u8, i64)>) = from_slice(body).ok()?;
                let ending = |(seq, token, ending, moment)| match ending {
                    0 => Some((seq, token, Ending::Done)),
                    1 => Some((seq, token, Ending::Retry(moment))),
                    2 => Some((seq, token, Ending::Returned)),
                    _ => None,
                };
                Self::Finish { now, endings: endings.into_iter().map(ending).collect::<Option<_>>()? }
            }
            "seek" => Self::Seek(from_slice(body).ok()?),
            "lost" => Self::Lost,
            "revive" => {
                let (now, letters) = from_slice(body).ok()?;
                Self::Revive { now, letters }
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever joins later reads a state in place of the entries before it.
    #[test]
    fn entries_and_states_come_out_as_they_went_in() {
        let opened = vec![
            Opened { seq: 1, key: Some(7) },
            Opened { seq: 2, key: Some(7) },
            Opened { seq: 3, key: None },
            Opened { seq: 5, key: Some(u64::MAX) },
        ];
        let endings = vec![(1, 1, Ending::Retry(i64::MAX)), (3, 1, Ending::Done), (5, 1, Ending::Returned)];
        let entries = [
            Entry::State(Box::new(State::new(vec!["a".to_owned()], 0))),
            Entry::Types(vec!["b".to_owned(), "Zoë \"x\"".to_owned()]),
            Entry::Take {
                now: 10,
                lease: 50,
                limit: 3,
                ahead: 1,
                behind: 2,
                position: Mark { seq: 5, taken: 99 },
                opened,
            },
            Entry::Extend { until: 90, leases: vec![(1, 1), (9, -1)] },
            Entry::Finish { now: 20, endings },
            Entry::Revive { now: 30, letters: vec![(4, Some(7), 3), (6, None, 1)] },
            Entry::Lost,
            Entry::Seek(2),
        ];
        let mut state = State::default();
        for entry in entries {
            let (word, body) = entry.write().expect("it is written");
            assert_eq!(Entry::read(word, &body), Some(entry.clone()));
            state.apply(entry);
            let whole = Entry::State(Box::new(state.clone()));
            let (word, body) = whole.write().expect("it is written");
            assert_eq!(Entry::read(word, &body), Some(whole));
        }
        assert_eq!((state.position.seq, state.round, state.losses, state.turns.open().len()), (2, 1, 1, 0));
        for (word, body) in
            [("later", &b"1"[..]), ("take", b"[]"), ("state", b"\xff"), ("finish", b"[1,[[1,1,9,0]]]")]
        {
            assert_eq!(Entry::read(word, body), None);
        }
    }
}
