-- ARGV: group, limit, length of the lease, about how many bytes at most. Returns nothing where the group is not known; else its
-- round; what is given out, each with its place, token, attempts, whether its type can be told, and its fields, where there are
-- any; the microseconds until something happens here by itself, or ''; whether to ask again at once.

local name, limit, lease, bytes = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
-- What is for others costs time too: a script may not take long.
local LOOKS, FIRST_PAGE, PAGE = 2000, 8, 128

if not group_of(name) then
  return false
end
local row = call('HMGET', GROUP, 'types', 'position', 'round')
local position, round = row[2], tonumber(row[3])
id_of(position)
local types = {}
for _, kind in ipairs(cjson.decode(row[1])) do
  types[kind] = true
end
open()

local function size(fields)
  local sum = 0
  for _, text in ipairs(fields) do
    sum = sum + #text
  end
  return sum
end

local given, till = {}, whole(now + lease)
local function give(place, open, fields, told)
  local token, attempts, key = parts(open)
  token, attempts = whole(token + 1), whole(attempts + 1)
  call('HSET', OPEN, place, token .. ' ' .. attempts .. ' ' .. key)
  call('ZADD', HELD, till, place)
  bytes = bytes - size(fields or {})
  given[#given + 1] = {place, token, attempts, told and 1 or 0, fields or false}
end

-- What nobody holds any more, then what is due.
for _, set in ipairs({HELD, DUE}) do
  local some = #given < limit and call('ZRANGEBYSCORE', set, '-inf', stamp, 'LIMIT', 0, limit - #given) or {}
  for _, place in ipairs(some) do
    if bytes <= 0 then
      break
    end
    call('ZREM', set, place)
    local open = call('HGET', OPEN, place)
    if parts(open) then
      local fields = entry(place)
      if not fields then
        fields = redis.pcall('HGETALL', LETTER .. place)
        fields = not fields.err and #fields > 0 and fields
      end
      give(place, open, fields, not fields or look(fields))
    end
  end
end

-- Comes to more of the log: the first of a key is given out, the others wait for their turn.
local looks, most, more, begun, read = 0, FIRST_PAGE, true, position, 4 * bytes
while more and #given < limit and looks < LOOKS and bytes > 0 and read > 0 do
  local page = call('XRANGE', LOG, id_of(position), '+', 'COUNT', math.min(limit - #given, most) + 1)
  more, most = false, math.min(2 * most, PAGE)
  if #page == 0 and position > last() then
    -- The log was made anew.
    position, more = NONE, true
  end
  for _, one in ipairs(page) do
    local place, fields = place_of(one[1]), one[2]
    read = read - size(fields)
    if place ~= position and #given < limit and bytes > 0 then
      position, more, looks = place, true, looks + 1
      local kind, key = look(fields)
      if not kind or types[kind] then
        local open = joined(round * 4294967296, 0, key)
        local before = key ~= '' and first_of(key)
        if key ~= '' then
          call('ZADD', TURNS, 0, key .. ':' .. place)
        end
        if before then
          call('HSET', OPEN, place, open)
        else
          give(place, open, fields, kind)
        end
      end
    end
  end
end
if position ~= begun then
  call('HSET', GROUP, 'position', position)
end

local pause = ''
if #given == 0 then
  local soonest
  for _, set in ipairs({HELD, DUE}) do
    local moment = tonumber(call('ZRANGE', set, 0, 0, 'WITHSCORES')[2])
    if moment and (not soonest or moment < soonest) then
      soonest = moment
    end
  end
  if soonest then
    pause = whole(math.max(soonest - now, 0))
  end
end
return {whole(round), given, pause, #given == 0 and more and 1 or 0}
