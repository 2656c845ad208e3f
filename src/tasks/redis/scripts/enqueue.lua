-- ARGV: for each message its id, queue, rank, moment or '', unique key after '=' or '', how many fields and values follow,
-- and these. Returns, for each that was known already, its place, the id of the one that is there and its fingerprint.

local places, keys, count, fresh = {}, {}, 0, {}
local at = 1
while at <= #ARGV do
  local id, queue, rank = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  count = count + 1
  places[count] = at
  keys[count] = task(id)
  fresh[id] = true
  check(ready(rank, queue))
  check(later(rank, queue))
  at = at + 6 + ARGV[at + 5]
end
check_all()
local different = 0
for _ in pairs(fresh) do
  different = different + 1
end
-- Whether any may be known: else nobody has to be asked for each.
local some = different < count or call('EXISTS', unpack(keys)) > 0

local answer, queues = {}, {}
local function known(place, id)
  local print = redis.pcall('HGET', task(id), 'fingerprint')
  answer[#answer + 1] = whole(place)
  answer[#answer + 1] = id
  answer[#answer + 1] = type(print) == 'string' and print or '0'
end

local first
for place = 1, count do
  local at, key = places[place], keys[place]
  local id, queue, rank, moment, unique = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local owner = unique ~= '' and call('HGET', OWNERS, string.sub(unique, 2))
  if some and call('EXISTS', key) == 1 then
    known(place, id)
  elseif owner and call('EXISTS', task(owner)) == 1 then
    known(place, owner)
  else
    first = first or take(count)
    local seq = first + place - 1
    call('HSET', key, 'queue', queue, 'rank', rank, 'seq', whole(seq), 'state', WAITING,
      unpack(ARGV, at + 6, at + 5 + ARGV[at + 5]))
    if unique ~= '' then
      call('HSET', OWNERS, string.sub(unique, 2), id)
    end
    add(STATES[WAITING], seq, id)
    local due = tonumber(moment)
    if due and due > now then
      add(later(rank, queue), due, id)
    else
      add(ready(rank, queue), seq, id)
    end
    queues[queue] = true
  end
end
write()
for queue in pairs(queues) do
  wake(queue)
end
return answer
