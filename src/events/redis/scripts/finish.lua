-- ARGV: a group; then for each its place, token, how it ended (below), the moment of the next attempt and why it was given up, ''
-- where there is none. Returns nothing where the group is not known, else a 1 for each whose lease still held, else a 0.

local DONE, AGAIN, RETURNED, GIVEN_UP = '0', '1', '2', '3'

local name = ARGV[1]
if not group_of(name) then
  return false
end
for at = 2, #ARGV, 5 do
  if ARGV[at + 2] == GIVEN_UP then
    check(LETTER .. ARGV[at], 'HLEN')
  end
end
open()

local woken = false
local function due(place, moment)
  call('ZADD', DUE, moment, place)
  woken = woken or tonumber(moment) <= now
end

-- The letter of what is given up: the fields as they came, as far as anybody knows them, and why.
local function write_letter(place, token, attempts, key, reason)
  local letter, fields = LETTER .. place, entry(place)
  if call('SREM', KEPT, place) == 0 or fields then
    call('DEL', letter)
    -- There may be more fields than a call takes arguments.
    for at = 1, fields and #fields or 0, 1000 do
      call('HSET', letter, unpack(fields, at, math.min(at + 999, #fields)))
    end
  end
  local id = select(3, look(fields or call('HGETALL', letter)))
  call('HSET', letter, 'fourfold-id', id or id_of(place), 'fourfold-reason', reason, 'fourfold-attempts', whole(attempts),
    'fourfold-token', whole(token), 'fourfold-key', key, 'fourfold-died-at', stamp)
  call('ZADD', DEAD, 0, place)
end

local answer = {}
for at = 2, #ARGV, 5 do
  local place, kind, moment, reason = ARGV[at], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local token, attempts, key = held(place, ARGV[at + 1])
  if token then
    call('ZREM', HELD, place)
    if kind == AGAIN then
      due(place, math.max(tonumber(moment), now) == now and stamp or moment)
    elseif kind == RETURNED then
      call('HSET', OPEN, place, joined(token, math.max(attempts - 1, 0), key))
      due(place, stamp)
    else
      call('HDEL', OPEN, place)
      if kind == GIVEN_UP then
        write_letter(place, token, attempts, key, reason)
      elseif call('SREM', KEPT, place) == 1 then
        call('DEL', LETTER .. place)
      end
      if key ~= '' then
        call('ZREM', TURNS, key .. ':' .. place)
        local next = first_of(key)
        if next then
          due(next, stamp)
        end
      end
    end
  end
  answer[#answer + 1] = token and '1' or '0'
end
if woken then
  wake(name)
end
return table.concat(answer)
