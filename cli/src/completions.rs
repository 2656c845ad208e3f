//! `completions`: what a shell needs to complete the words.

use clap::CommandFactory as _;
use clap_complete::generate;
use clap_complete::shells::{Bash, Fish, Zsh};

use crate::arguments::{Arguments, Shell};
use crate::screen::Screen;

const PROGRAM: &str = "cargo-fourfold";

/// `cargo fourfold` is completed as `cargo-fourfold` is; what cargo itself is completed by is asked for all else.
const BASH_FOR_CARGO: &str = r#"
__fourfold_before=$(complete -p cargo 2>/dev/null | sed -n 's/.*-F \([^ ]*\).*/\1/p')
_cargo_with_fourfold() {
    if [[ ${COMP_WORDS[1]} == fourfold && $COMP_CWORD -ge 2 ]]; then
        COMP_WORDS=(cargo-fourfold "${COMP_WORDS[@]:2}")
        COMP_CWORD=$((COMP_CWORD - 1))
        _cargo__fourfold cargo-fourfold "$2" "${COMP_WORDS[COMP_CWORD - 1]}"
    elif [[ -n $__fourfold_before && $__fourfold_before != _cargo_with_fourfold ]]; then
        "$__fourfold_before" "$@"
    fi
}
complete -F _cargo_with_fourfold -o bashdefault -o default cargo
"#;

/// In words that fish 3 and 4 both know.
const FISH_FOR_CARGO: &str = r#"
function __fish_cargo_fourfold_of_cargo
    set -l before (commandline -opc)
    set -l token (commandline -ct)
    complete -C "cargo-fourfold $before[3..] $token"
end
complete -c cargo -n '__fish_seen_subcommand_from fourfold' -f -a '(__fish_cargo_fourfold_of_cargo)'
"#;

pub(crate) fn run(shell: Shell, screen: &mut Screen) {
    // The names of commands below are made of this one, and must not have a space.
    let mut command = Arguments::command().name(PROGRAM).bin_name(PROGRAM);
    let mut bytes = Vec::new();
    match shell {
        Shell::Bash => generate(Bash, &mut command, PROGRAM, &mut bytes),
        Shell::Zsh => generate(Zsh, &mut command, PROGRAM, &mut bytes),
        Shell::Fish => generate(Fish, &mut command, PROGRAM, &mut bytes),
    }
    // In bash, the second part of the script has other names for the same commands than the first.
    let mut text = String::from_utf8_lossy(&bytes).replace("cargo__subcmd__fourfold", "cargo__fourfold");
    text.push_str(match shell {
        Shell::Bash => BASH_FOR_CARGO,
        Shell::Fish => FISH_FOR_CARGO,
        // Cargo's own completion calls `_cargo-fourfold`.
        Shell::Zsh => "",
    });
    screen.line(text.trim_end());
}
