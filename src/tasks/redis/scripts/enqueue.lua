-- ARGV: for each message its id, queue, rank, moment or '', unique key after '=' or '', `about`, payload, how many further
-- fields and values follow, and these. Returns, for each that was known already, its place, the id of the one that is there and
-- its fingerprint.

local places, keys, count, fresh, doubled = {}, {}, 0, {}, false
local at = 1
while at <= #ARGV do
  local id, queue, rank = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  count = count + 1
  places[count] = at
  keys[count] = TASK .. id
  doubled = doubled or fresh[id]
  fresh[id] = true
  check(ready(rank, queue))
  if ARGV[at + 3] ~= '' then
    check(later(rank, queue))
  end
  at = at + 8 + ARGV[at + 7]
end
check(LIVE)
check(LAST, 'GET')
check(OWNERS, 'HLEN')
check(QUEUES, 'SCARD')
-- Whether any may be known: else nobody has to be asked for each.
local some = doubled or call('EXISTS', unpack(keys)) > 0

local answer, queues = {}, {}
local function known(place, id)
  local about = redis.pcall('HGET', TASK .. id, 'about')
  answer[#answer + 1] = whole(place)
  answer[#answer + 1] = id
  answer[#answer + 1] = type(about) == 'string' and string.match(about, '^%S+') or '0'
end

local first
for place = 1, count do
  local at, key = places[place], keys[place]
  local id, queue, rank, moment, unique = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local owner = unique ~= '' and call('HGET', OWNERS, string.sub(unique, 2))
  if some and call('EXISTS', key) == 1 then
    known(place, id)
  elseif owner and call('EXISTS', TASK .. owner) == 1 then
    known(place, owner)
  else
    first = first or take(count)
    local number = whole(first + place - 1)
    call('HSET', key, 'state', WAITING, 'queue', queue, 'turn', rank .. ' ' .. number, 'about', ARGV[at + 5],
      'payload', ARGV[at + 6], unpack(ARGV, at + 8, at + 7 + ARGV[at + 7]))
    if unique ~= '' then
      call('HSET', OWNERS, string.sub(unique, 2), id)
    end
    add(LIVE, number, id)
    local due = moment ~= '' and tonumber(moment)
    if due and due > now then
      add(later(rank, queue), moment, id)
    else
      add(ready(rank, queue), number, id)
    end
    queues[queue] = true
  end
end
write()
for queue in pairs(queues) do
  call('SADD', QUEUES, queue)
  wake(queue)
end
return answer
