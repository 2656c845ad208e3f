# What changes in each of the services besides the remarks of all: fields are renamed, get another type, may be null or may not,
# come and go. The compiler asks for the same in the `create` that was ejected. Sourced by scaffold.sh.

change_hotel_desk() {
  edit guest_booking 's/default = 1, //; s/pub nights: u32/pub nights: Option<u32>/' 's/^    FullBoard,/&\n    Brunch,/' \
    's/default = false/default = false, deprecated = "nobody asks"/'
  edit extra 's/validate\(length\(1\.\.=80\)\)/was = "what", &/; s/pub what:/pub title:/'
  sed -i -e 's/ what: Some(/ title: Some(/' tests/service/extra.rs
}

change_parking_garage() {
  edit bay 's/pub level: i32/pub level: i64/'
  unreleased Bay.level
  edit permit 's/field\(immutable\)/field(was = "holder", immutable)/; s/pub holder/pub owner/'
  sed -i -e 's/ holder: Some(/ owner: Some(/' tests/service/permit.rs
  edit stay 's/^    pub fee: Option<Decimal>/    #[field(default = "0")]\n    pub fee: Decimal/'
}

change_recipe_box() {
  edit recipe '/pub nutrition: /d; /nutrition: self\.nutrition/d' 's/default = 4/&, deprecated = "say portions"/' \
    's/field\(sort\)/field(was = "rating", sort)/; s/pub rating/pub score/; s/rating: self\.rating/score: self.score/'
}

change_podcast_host() {
  edit series 's/default = "en", //; s/pub language: String/pub language: Option<String>/' \
    's/default = false/was = "explicit", &/; s/pub explicit:/pub r#unsafe:/; s/explicit: self\.explicit/r#unsafe: self.r#unsafe/'
  edit episode 's/pub plays: u64/pub plays: Decimal/; s/default = 0/default = "0"/'
  unreleased Episode.plays
}

change_blood_bank() {
  edit donor 's/unique, validate\(email\)/was = "mail", &/; s/pub mail:/pub email:/; s/mail: self\.mail/email: self.email/' 's/^    AbPos,/&\n    Rare,/'
  edit donation '/pub usable:/{s/Option<bool>/bool/}' 's/field\(filter\)/field(filter, default = false)/'
}

change_ballots() {
  edit election 's/pub secret: bool/pub secret: String/; s/default = true/default = "true"/'
  unreleased Election.secret
  edit candidate 's/sort, default = 0/default = 0/'
  edit vote 's/default = "1"/was = "weight", &/; s/pub weight:/pub share:/'
}

change_energy_meter() {
  edit meter 's/^    pub tags: /    pub place: String,\n&/; s/^( *)tags: self/\1place: self.place,\n&/'
  edit data '/pub flags: /d'
  sed -i -e 's/^        kind: /        place: Some("cellar".to_owned()),\n&/' tests/service/meter.rs
  using=(--using "meters.place='unknown'")
}

change_film_festival() {
  edit film 's/^    pub r#extern:/    #[field(deprecated = "nobody knows")]\n&/' 's/pub year: u32/pub year: u64/'
  unreleased Film.year
  edit screening 's/^    pub select:/    #[field(was = "select")]\n    pub r#match:/'
}

change_pet_adoption() {
  edit pet 's/field\(unique\)/field(filter)/'
  edit person 's/pub children: u32/pub children: u64/'
  unreleased Person.children
  edit adoption 's/default = "0", //; s/pub fee: Decimal/pub fee: Option<Decimal>/'
}

change_translation_memory() {
  edit segment 's/unique, validate/was = "hash", &/; s/pub hash:/pub digest:/; s/hash: self\.hash/digest: self.digest/' 's/default = 1\.0, /&deprecated = "a guess", /'
  edit translation 's/^    pub by: Option<String>,/&\n    #[field(default = false, filter)]\n    pub reviewed: bool,/' \
    's/field\(immutable\)/field(filter)/'
}
