# Services that have rows are changed as the guide says, and their rows are taken over. Sourced by scaffold.sh.

# edit <resource> <expression of sed>..: what a person does in an editor; each has to change something.
edit() {
  local file="src/resources/$1.rs" before
  shift
  for expression in "$@"; do
    before="$(cat "$file")"
    sed -i -E -e "$expression" "$file"
    [ "$before" != "$(cat "$file")" ] || fail "$name: $expression changes nothing in $file"
  done
}

# unreleased <field>: its type changes, which the lock takes where nobody has seen it.
unreleased() {
  grep -q "\.$1 = " contracts/fourfold.lock || fail "$name: the lock has no $1"
  sed -i -e "/\.$1 = /d" contracts/fourfold.lock
}

# The remarks of every service: one field is renamed, one is deprecated, two are new.
change_remarks() {
  edit remark '0,/validate\(length\(1\.\.=200\)\)/s//was = "text", &/' \
    's/pub text: String,/pub words: String,/' \
    's/#\[field\(default = false\)\]/#[field(default = false, deprecated = "say finish instead")]/' \
    's/^    pub done: bool,/&\n    #[field(default = 3, validate(range(1..=5)), filter, sort)]\n    pub stars: i32,\n    pub answer: Option<String>,/' \
    's/self\.text = input\.text/self.words = input.text/'
  # The input of `correct` has a field of the same type and name, which stays.
  edit remark '/^pub struct CorrectRemark/,/^}/s/pub words:/pub text:/'
  sed -i -e 's/ text: Some(/ words: Some(/' tests/service/remark.rs
}

# migrate <word>..: on each database of the service.
migrate() {
  for url in "sqlite:$name.db" ${production[0]:+"$postgres$(database "$name")"}; do
    DATABASE_URL="$url" "$fourfold" migrate "$@" >"$house/said" 2>&1 || {
      cat "$house/said"
      fail "$name: migrate $* failed on ${url%%:*}"
    }
  done
}

# evolve <name>: with the rows that `call` has left behind.
evolve() {
  local name=$1 using=()
  cd "$house/$name"
  service "$name"
  "$fourfold" migrate new >/dev/null
  migrate adopt
  (cd "$house" && git add --all "$name" && git -c user.name=judge -c user.email=judge@example.com commit --quiet --message "$name")
  change_remarks
  ! declare -F "change_$(snake "$name")" >/dev/null || "change_$(snake "$name")"
  "$fourfold" generate >/dev/null
  ! "$fourfold" check --against HEAD >"$house/said" 2>&1 || fail "$name: check says that a rename breaks nobody"
  grep -q "$(snake "$name").remark.v1.Remark.words" "$house/said" || {
    cat "$house/said"
    fail "$name: check names another change"
  }
  "$fourfold" migrate new change "${using[@]}" >/dev/null
  migrate run
  migrate check
  "$fourfold" eject "$first" create --accept >/dev/null
  "$fourfold" generate --check
}

# read_again <name>: the changed service has the old rows, as they are to be read now.
read_again() {
  local name=$1 engine old
  for engine in sqlite ${production[0]:+postgres}; do
    if [ "$engine" = sqlite ]; then serve; else serve DATABASE_URL="$postgres$(database "$name")"; fi
    old="$(curl --silent --show-error --fail-with-body "http://$address/v1/remarks/$(cat "$house/$name.$engine")")" ||
      fail "$name: what was there before is not read on $engine: $old"
    python3 -c '
import json, sys
old = json.load(sys.stdin)
assert (old["words"], old["stars"], old["answer"], old["done"]) == ("as it was", 3, None, False), old
' <<<"$old" || fail "$name: what was there before has changed on $engine"
    service "$name"
    curl --silent --show-error --fail "http://$address/v1/$path" >/dev/null || fail "$name: the $path are not read on $engine"
    halt
  done
  printf '%s: the rows of the service before are read\n' "$name"
}
