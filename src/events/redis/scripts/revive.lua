-- ARGV: a group, the place after which to look or '', how many letters to look at, and the ids of those that begin anew; all where
-- there are none. Returns nothing where the group is not known, else how many do, and the last place that was looked at, or ''.

local name = ARGV[1]
if not group_of(name) then
  return false
end
local wanted
for at = 4, #ARGV do
  wanted = wanted or {}
  wanted[ARGV[at]] = true
end
local places = call('ZRANGEBYLEX', DEAD, ARGV[2] == '' and '-' or '(' .. ARGV[2], '+', 'LIMIT', 0, ARGV[3])
for _, place in ipairs(places) do
  check(LETTER .. place, 'HLEN')
end
open()

local count = 0
for _, place in ipairs(places) do
  local letter = LETTER .. place
  local row = call('HMGET', letter, 'fourfold-id', 'fourfold-token', 'fourfold-key')
  if not wanted or wanted[row[1] or ''] or wanted[id_of(place)] then
    count = count + 1
    call('ZREM', DEAD, place)
    -- Unless the group was set back, and has come to it again.
    if call('HEXISTS', OPEN, place) == 0 then
      local key = row[3] or ''
      local before = key ~= '' and first_of(key)
      call('HSET', OPEN, place, joined(tonumber(row[2]) or 0, 0, key))
      if key ~= '' then
        call('ZADD', TURNS, 0, key .. ':' .. place)
      end
      if not before then
        call('ZADD', DUE, stamp, place)
      end
    end
    if entry(place) then
      call('DEL', letter)
    else
      call('SADD', KEPT, place)
    end
  end
end
if count > 0 then
  wake(name)
end
return {count, #places == tonumber(ARGV[3]) and places[#places] or ''}
