//! What shells make of `completions`; a shell that is not installed is left out.

#![allow(missing_docs, reason = "tests say what they mean by their names")]

mod support;

use std::process::Command;

use support::Project;

/// What a shell prints, where the script for it is beside: as `file` says.
fn said(project: &Project, shell: &str, file: &str, arguments: &[&str]) -> Option<String> {
    if Command::new(shell).args(["-c", "true"]).status().is_err() {
        println!("left out: {shell} is not installed");
        return None;
    }
    let script = project.run(&["completions", shell]).succeeds().out;
    project.write(file, &script);
    let output = Command::new(shell)
        .args(arguments)
        .current_dir(project.path(""))
        .output()
        .unwrap_or_else(|error| panic!("{shell}: {error}"));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{shell}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn bash_completes_both_names() {
    let project = Project::empty("completions bash");
    let complete = "source complete.sh; COMP_WORDS=(cargo fourfold ad); COMP_CWORD=2; _cargo_with_fourfold cargo ad fourfold; \
                    echo \"${COMPREPLY[@]}\"; COMP_WORDS=(cargo-fourfold add re); COMP_CWORD=2; _cargo__fourfold cargo-fourfold re \
                    add; echo \"${COMPREPLY[@]}\"";
    if let Some(said) = said(&project, "bash", "complete.sh", &["-c", complete]) {
        assert_eq!(said, "add\nresource\n");
    }
}

#[test]
fn fish_completes_both_names() {
    let project = Project::empty("completions fish");
    let complete = "source complete.fish; complete -C 'cargo-fourfold ad'; complete -C 'cargo fourfold ad'; \
                    complete -C 'cargo fourfold add '; complete -C 'cargo fourfold add resource --format j'";
    if let Some(said) = said(&project, "fish", "complete.fish", &["--no-config", "-c", complete]) {
        let words: Vec<&str> = said.lines().filter_map(|line| line.split('\t').next()).collect();
        assert_eq!(
            words,
            ["add", "add", "help", "operation", "resource", "subscriber", "task", "json"],
            "{said}"
        );
    }
}

/// A zsh at a terminal of its own, which is typed at, and then says what stands in its line.
const TYPED: &str = r#"
{ sleep 60; kill $$ } >/dev/null 2>&1 &!
zmodload zsh/zpty
zpty child zsh -f -i
zpty -w child "fpath=(\$PWD \$fpath); autoload -Uz compinit; compinit -u -D; show() { print -r -- \"<\$BUFFER>\" }; zle -N show; bindkey '^I' complete-word; bindkey '^X' show; echo rea''dy"
zpty -r -m child said '*ready*'
zpty -n -w child $'cargo-fourfold add res\t\x18'
zpty -r -m child said '*<*>*'
print -r -- ${${said##*<}%%>*}
"#;

#[test]
fn zsh_completes_the_program() {
    let project = Project::empty("completions zsh");
    if let Some(said) = said(&project, "zsh", "_cargo-fourfold", &["-f", "-c", TYPED]) {
        assert_eq!(said, "cargo-fourfold add resource \n");
    }
}
