//! Comments as doc comments of generated code.

use prost_types::FileDescriptorProto;

/// Makes plain text of the code in comments. It stands in the docs of the user's own struct too, where rustdoc tests it;
/// here it would be tested again, without what is around it there.
pub(super) fn tame(file: &mut FileDescriptorProto) {
    let locations = file.source_code_info.iter_mut().flat_map(|info| &mut info.location);
    for comment in locations.filter_map(|location| location.leading_comments.as_mut()) {
        *comment = plain(comment);
    }
}

fn plain(comment: &str) -> String {
    let mut out = String::with_capacity(comment.len());
    let mut fence: Option<&str> = None;
    for line in comment.lines() {
        let text = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| text.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => {
                fence = Some(mark);
                let marks = text.chars().take_while(|char| mark.starts_with(*char)).count();
                out.push(' ');
                out.push_str(&text[..marks]);
                out.push_str("text");
            }
            (Some(open), Some(mark)) if open == mark => {
                fence = None;
                out.push_str(line);
            }
            // Four spaces make a block of code, one of them being the comment's own.
            (None, None) if line.len() - text.len() > 4 => {
                out.push_str("    ");
                out.push_str(text);
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    if let Some(open) = fence {
        out.push(' ');
        out.push_str(open);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_no_test() {
        assert_eq!(plain(" ```\n let a;\n ```\n"), " ```text\n let a;\n ```\n");
        assert_eq!(plain(" ~~~rust\n a\n"), " ~~~text\n a\n ~~~\n");
        assert_eq!(plain("     four\n"), "    four\n");
    }
}
