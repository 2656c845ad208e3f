# Services that people would make, each of one line. Sourced by scaffold.sh.

# name, the first resource and its path, a body for REST and one for gRPC; then all resources, each on a line.
service() {
  case "$1" in
    shop)
      first=product path=products message=Product
      rest='{"sku": "TEA-1", "name": "Tea", "price": "4.50"}' grpc='{"sku": "TEA-2", "name": "Tea", "price": "4.50"}'
      resources=(
        'product: sku:string!unique name:string!filter!sort price:decimal stock:i32? status:choice(draft|for-sale)=draft'
        'review: product_id:references(product)!filter text:string!length(1..=500) rating:i32!range(1..=5)'
      ) ;;
    clinic)
      first=patient path=patients message=Patient
      rest='{"name": "Zoe", "email": "zoe@example.com", "born": "1990-02-03"}'
      grpc='{"name": "Eve", "email": "eve@example.com", "born": "1990-02-03"}'
      resources=(
        'patient: name:string!filter!sort!length(1..=100) email:string!email!unique born:date allergies:string[]'
        'appointment: patient_id:references(patient)!filter starts_at:timestamp!filter!sort lasts:duration!range(300..=7200) state:choice(booked|attended|missed)=booked note:string?!sensitive'
      ) ;;
    library)
      first=book path=books message=Book
      rest='{"id": "one", "title": "Emma", "year": 1815}' grpc='{"id": "two", "title": "Emma", "year": 1815}'
      resources=(
        'book: id:string!length(1..=20) title:string!filter!sort authors:string[] year:i32!range(-3000..=3000)'
        'loan: book_id:references(book)!filter!immutable member:string!filter due:date returned_at:timestamp?'
      ) ;;
    ticketing)
      first=event path=events message=Event
      rest='{"name": "A concert", "starts_at": "2026-12-01T20:00:00Z", "seats": 100}' grpc="$rest"
      resources=(
        'event: name:string!filter!sort starts_at:timestamp!sort seats:u32!range(1..=100000) open:bool=true!filter'
        'ticket: event_id:references(event)!filter code:string!unique!length(6..=12) type:choice(standing|seated) price:decimal!range("0.01".."1000")'
      ) ;;
    iot)
      first=device path=devices message=Device
      rest='{"id": "sensor-1", "model": "T1"}' grpc='{"id": "sensor-2", "model": "T1"}'
      resources=(
        'device: id:string model:string!filter labels:map(string) settings:json? last_seen:timestamp?'
        'reading: id:i64 device_id:references(device)!filter!immutable value:f64!filter at:timestamp!sort raw:bytes? status:choice(ok|late)=ok'
      ) ;;
    ledger)
      first=account path=accounts message=Account
      rest='{"number": "NL01", "currency": "EUR"}' grpc='{"number": "NL02", "currency": "EUR"}'
      resources=(
        'account: number:string!unique currency:string!length(3..=3)!immutable balance:decimal=0!sort limit:i64=1000000'
        'entry: account_id:references(account)!filter!immutable amount:decimal!immutable booked_on:date!sort memo:string?!length(..=140)'
      ) ;;
    chat)
      first=room path=rooms message=Room
      rest='{"name": "tea"}' grpc='{"name": "coffee"}'
      resources=(
        'room: name:string!unique topic:string="nothing yet" parent:references(room)?'
        'message: room_id:references(room)!filter!immutable author:string!filter text:string!length(1..=4000) meta:json? deleted_at:timestamp?'
      ) ;;
    school)
      first=class path=classes message=Class
      rest='{"name": "1a", "self_study": false}' grpc='{"name": "1b", "self_study": true}'
      resources=(
        'class: name:string!unique self_study:bool!filter where:string?'
        'student: class_id:references(class)!filter name:string!filter!sort grades:f64[] status:choice(active|left)=active!filter'
        'result: student_id:references(student)!filter points:u64 passed:bool'
      ) ;;
    logistics)
      first=shipment path=shipments message=Shipment
      rest='{"from": "Rome", "to": "Oslo", "weight": 1.5}' grpc="$rest"
      resources=(
        'shipment: from:string!filter to:string!filter weight:f32!range(0.1..=1000.0) status:choice(packed|on-its-way|delivered)=packed!filter'
        'move: shipment_id:references(shipment)!filter match:string order:u32 at:timestamp!sort'
      ) ;;
    blog)
      first=category path=categories message=Category
      rest='{"name": "Travel"}' grpc='{"name": "Food"}'
      resources=(
        'category: name:string!unique'
        'news: category_id:references(category)!filter title:string!filter!length(1..=200) body:string published:bool=false!filter link:string?!url'
      ) ;;
    hotel-desk)
      first=guest_booking path=guest-bookings message=GuestBooking
      rest='{"guest_name": "Ada", "room_no": 12, "check_in": "2026-12-24", "rate": "89.90"}'
      grpc='{"guest_name": "Bob", "room_no": 13, "check_in": "2026-12-24", "nights": 3, "rate": "99", "board": "GUEST_BOOKING_BOARD_FULL_BOARD"}'
      resources=(
        'guest-booking: guest_name:string!filter!sort room_no:i32!filter!range(1..=999) check_in:date!sort!filter nights:u32=1!range(1..=60) rate:decimal!range("0.01".."9999.99") board:choice(room-only|half-board|full-board)=room-only wishes:string?!sensitive late_arrival:bool=false'
        'extra: guest_booking_id:references(guest-booking)!filter!immutable what:string!length(1..=80) price:decimal="12.50" at:timestamp?'
      ) ;;
    parking_garage)
      first=bay path=bays message=Bay
      rest='{"id": "P1-07", "level": -1}' grpc='{"id": "P1-08", "level": 0, "size": "BAY_SIZE_XL"}'
      resources=(
        'bay: id:string!length(1..=8) level:i32!filter!sort!range(-3..=5) size:choice(s|m|l|xl)=m!filter ev:bool=false charge_rate:f32?!range(0.0..=350.0)'
        'stay: id:i64 bay_id:references(bay)!filter!immutable plate:string!filter!length(2..=10) from:timestamp!sort!filter until:timestamp? fee:decimal?'
        'permit: code:string!unique bay_id:references(bay)?!filter valid_for:duration=86400s holder:string!immutable'
      ) ;;
    recipe-box)
      first=recipe path=recipes message=Recipe
      rest='{"title": "Dal", "steps": ["Soak", "Boil"], "ingredients": {"lentils": "0.250"}}'
      grpc='{"title": "Pie", "steps": ["Bake"], "photo": "aGk="}'
      resources=(
        'recipe: title:string!filter!sort!unique steps:string[]!length(1..=50) ingredients:map(decimal) servings:u32=4 prep:duration=1800s source:string?!url photo:bytes?!length(..=65536) nutrition:json? rating:f64?!sort'
        'collection: name:string="My recipes" recipes:uuid[] cover_id:references(recipe)?'
      ) ;;
    podcast-host)
      first=series path=series message=Series
      rest='{"title": "Sleep", "feed": "https://example.com/feed"}' grpc='{"title": "Wake", "feed": "https://example.com/wake"}'
      resources=(
        'series: title:string!unique!filter feed:string!url!immutable explicit:bool=false language:string="en"!length(2..=8) categories:string[]!length(..=5)'
        'episode: series_id:references(series)!filter number:u32!filter!sort!range(1..) audio:string?!url length:duration? aired_on:date?!filter!sort kind:choice(full|trailer|bonus)=full!filter plays:u64=0!output_only'
      ) ;;
    blood_bank)
      first=donor path=donors message=Donor
      rest='{"name": "Ida", "group": "o_neg", "born": "1980-05-05", "phone": "1234567"}'
      grpc='{"name": "Per", "group": "DONOR_GROUP_AB_POS", "born": "1981-05-05", "phone": "7654321"}'
      resources=(
        'donor: name:string!filter!sensitive group:choice(o-neg|o-pos|a-neg|a-pos|b-neg|b-pos|ab-neg|ab-pos)!filter born:date phone:string!sensitive!length(5..=20) mail:string?!email!unique pin:string?!input_only deferred_until:date?'
        'donation: id:i64 donor_id:references(donor)!filter!immutable millilitres:i32=450!range(100..=600) taken_at:timestamp!filter!sort usable:bool?!filter labs:map(f64) bag:string!unique!length(4..=24)'
      ) ;;
    ballots)
      first=election path=elections message=Election
      rest='{"title": "Mayor", "opens": "2026-12-01T00:00:00Z", "closes": "2026-12-02T00:00:00Z"}' grpc="$rest"
      resources=(
        'election: title:string!filter opens:timestamp!sort closes:timestamp!filter secret:bool=true turnout:f64=0.0!output_only rules:json?'
        'candidate: election_id:references(election)!filter!immutable label:string!length(1..=120) rank:i64=0!sort'
        'vote: election_id:references(election)!filter!immutable candidate_id:references(candidate)!immutable!sensitive token:string!unique!input_only cast_at:timestamp? weight:decimal=1'
      ) ;;
    energy-meter)
      first=meter path=meters message=Meter
      rest='{"id": "NL-1", "kind": "gas"}' grpc='{"id": "NL-2", "kind": "METER_KIND_WATER"}'
      resources=(
        'meter: id:string!length(1..=32) kind:choice(power|gas|water)!filter!immutable address:string? factor:decimal=1.000 tags:map(string) installed:date?!sort'
        'data: id:i64 meter_id:references(meter)!filter!immutable at:timestamp!filter!sort value:decimal!range("-1000000"..="1000000") raw:bytes? quality:choice(measured|estimated|missing)=measured flags:u32[] phases:map(f64)'
        'tariff: name:string!unique per_unit:decimal!range("0"..) currency:string="EUR"!length(3..=3) valid_from:date!sort valid_to:date?'
      ) ;;
    film-festival)
      first=film path=films message=Film
      rest='{"title": "M", "type": "short", "year": 1931, "async": true}' grpc='{"title": "Jaws", "type": "FILM_TYPE_FEATURE", "year": 1975, "async": false}'
      resources=(
        'film: title:string!filter!sort type:choice(short|feature|static)!filter year:u32!range(1888..=2100) extern:string? async:bool yield:f32=0.5 where:string?!filter group:string[] default:bool=false'
        'screening: film_id:references(film)!filter select:string? table:i32=1 user:string!filter from:timestamp!sort to:timestamp? limit:u64=100 index:i64? primary:bool? desc:string="" '
        'prize: film_id:references(film)? name:string!unique message:string? package:json? import:bytes? lambda:f64? none:bool? class:choice(gold|silver|none)=none'
      ) ;;
    pet_adoption)
      first=pet path=pets message=Pet
      rest='{"name": "Rex", "species": "dog"}' grpc='{"name": "Tom", "species": "PET_SPECIES_CAT", "chip": "C-2"}'
      resources=(
        'pet: name:string!filter!sort species:choice(cat|dog|other)!filter chip:string?!unique born:date? weight:f32?!range(0.0..=120.0) photos:string[] mother_id:references(pet)? deleted_at:timestamp?'
        'person: full_name:string!filter email:string!email!unique!sensitive phone:string? children:u32=0'
        'adoption: pet_id:references(pet)!unique!immutable person_id:references(person)!filter fee:decimal=0!range("0"..="500") state:choice(asked|visited|agreed|over)=asked!filter!output_only'
      ) ;;
    translation-memory)
      first=segment path=segments message=Segment
      rest='{"source": "tea", "lang": "en"}' grpc='{"source": "milk", "lang": "en", "quality": 0.75}'
      resources=(
        'segment: source:string!filter!length(1..=1000) lang:string!filter!length(2..=8)!immutable context:json? quality:f64=1.0!range(0.0..=1.0) hash:bytes?!unique!length(..=32) count:u64=0 locked:bool=false!filter'
        'translation: segment_id:references(segment)!filter!immutable text:string lang:string!filter status:choice(draft|in-review|final)=draft!filter!sort by:string?!immutable seconds:duration? meta:map(json)'
        'glossary-term: term:string!unique forms:map(string) forbidden:string[] segment_id:references(segment)? added_on:date!sort'
      ) ;;
    # Names that mean something to fourfold, to Rust, and to messages.
    todo)
      first=task path=tasks message=Task
      rest='{"title": "Tea", "default": true}' grpc='{"title": "Milk"}'
      resources=(
        'task: title:string!filter done:bool=false default:bool? clone:bool? encode:string?'
        'type: name:string!unique merge:string? clear:i32=0'
        'context: type_id:references(type) result:string? error:json?'
        'error: code:i32!filter status:choice(ok|err|some|none|self-made)=ok version:string?'
        'service: server:string request:string? page_size:i32=10'
      ) ;;
    *) fail "there is no service $1" ;;
  esac
}

all="shop clinic library ticketing iot ledger chat school logistics blog
  hotel-desk parking_garage recipe-box podcast-host blood_bank ballots energy-meter film-festival pet_adoption translation-memory
  todo"
