-- ARGV: queue, limit, length of the lease, worker, about how many bytes at most. Returns the token, and the tasks that are
-- given out with it, each with id, attempts and fields; the microseconds until something happens here by itself, or ''; whether
-- to ask again at once; the ids of what was no waiting task.

local queue, limit, lease, worker, bytes = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
-- What has expired, or is no task, costs time too: a script may not take long.
local LOOKS, GROUP = 2000, 50

check_all()
local holds = held(queue)
check(holds)
for _, rank in ipairs(RANKS) do
  check(ready(rank, queue))
  check(later(rank, queue))
end
open()

local given, strange, looks = {}, {}, 0
local till = whole(now + lease)
-- One for all that this script gives out: it gives out no task twice.
local token, mark

-- Gives out a task that is in a state. Whether it was given.
local function give(id, state)
  looks = looks + 1
  local key = TASK .. id
  local row = redis.pcall('HMGET', key, 'state', 'attempt', 'expires_at', 'about', 'payload', 'run_at', 'unique_key', 'keep',
    'caller', 'trace_parent', 'foreign')
  if row.err or row[1] ~= state then
    strange[#strange + 1] = id
    if row.err or not row[1] then
      remove(LIVE, id)
    end
    return false
  end
  local expires = row[3] and tonumber(row[3])
  if expires and expires <= now then
    call('HSET', key, 'state', EXPIRED, 'finished_at', stamp)
    local _, number = turn(call('HGET', key, 'turn'))
    finish(id, row[7], number, EXPIRED)
    return false
  end
  if not token then
    token = whole(take(1))
    mark = ' ' .. stamp .. ' ' .. worker
  end
  local before = row[2] and tonumber(string.match(row[2], '^%d+ (%d+) ')) or 0
  local attempts = before == 0 and '1' or whole(before + 1)
  call('HSET', key, 'state', RUNNING, 'attempt', token .. ' ' .. attempts .. mark)
  add(holds, till, id)
  row[1], row[2] = id, attempts
  bytes = bytes - (row[5] and #row[5] or 0)
  given[#given + 1] = row
  return true
end

local function room()
  return bytes > 0 and looks < LOOKS and limit - #given or 0
end

-- What nobody holds any more.
for _, id in ipairs(call('ZRANGEBYSCORE', holds, '-inf', stamp, 'LIMIT', 0, limit)) do
  if room() <= 0 then
    break
  end
  if not give(id, RUNNING) then
    remove(holds, id)
  end
end

for _, rank in ipairs(RANKS) do
  -- What has become due takes its turn among what could begin before.
  if room() > 0 then
    for _, id in ipairs(call('ZRANGEBYSCORE', later(rank, queue), '-inf', stamp, 'LIMIT', 0, room())) do
      local place = redis.pcall('HGET', TASK .. id, 'turn')
      local _, number = turn(type(place) == 'string' and place)
      call('ZREM', later(rank, queue), id)
      call('ZADD', ready(rank, queue), number, id)
    end
  end
  while room() > 0 do
    local next, done = call('ZRANGE', ready(rank, queue), 0, math.min(room(), GROUP) - 1), 0
    while done < #next and bytes > 0 do
      done = done + 1
      give(next[done], WAITING)
    end
    if done == 0 then
      break
    end
    call('ZREMRANGEBYRANK', ready(rank, queue), 0, done - 1)
  end
end
write()

local pause, again = '', 0
if #given == 0 then
  again = looks < LOOKS and 0 or 1
  local soonest
  local function look(key)
    local first = call('ZRANGE', key, 0, 0, 'WITHSCORES')
    local moment = tonumber(first[2])
    if moment and (not soonest or moment < soonest) then
      soonest = moment
    end
  end
  look(holds)
  for _, rank in ipairs(RANKS) do
    look(later(rank, queue))
  end
  if soonest then
    pause = whole(math.max(soonest - now, 0))
  end
end
return {token or '0', given, pause, again, strange}
