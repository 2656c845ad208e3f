//! Nothing that a caller sends makes the decoder panic.

use super::{CREATE, ORDER, REPLACE, UPDATE, example, read};
use crate::xml::encode_row;

#[test]
fn any_mangled_body_is_answered() {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut below = |bound: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 33).expect("31 bits") % bound
    };
    let mut body = Vec::new();
    encode_row(&mut body, &ORDER, &example());
    let pieces: [&[u8]; 16] = [
        b"<",
        b">",
        b"/>",
        b"</",
        b"&",
        b"&#",
        b";",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"<?",
        b"\"",
        b"'",
        b"=",
        b"\xff",
        b"<item>",
    ];
    for _ in 0..3_000 {
        let mut mangled = body.clone();
        for _ in 0..=below(3) {
            let (at, piece) = (below(mangled.len()), pieces[below(pieces.len())]);
            match below(3) {
                0 => mangled.truncate(at + 1),
                1 => drop(mangled.splice(at..at, piece.iter().copied())),
                _ => drop(mangled.splice(at..=at, piece.iter().copied())),
            }
        }
        for mode in [CREATE, UPDATE, REPLACE] {
            let _ = read(mode, &mangled);
        }
    }
}
