-- ARGV: queue, limit, length of the lease, worker, about how many bytes at most. Returns the tasks that are given out, each
-- with id, token, attempts and fields; the microseconds until something happens here by itself, or ''; whether to ask again
-- at once; the ids of what was no waiting task.

local queue, limit, lease, worker, bytes = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
-- What has expired, or is no task, costs time too: a script may not take long.
local LOOKS, GROUP = 2000, 50

check_all()
check(held(queue))
for _, rank in ipairs(RANKS) do
  check(ready(rank, queue))
  check(later(rank, queue))
end
open()

local given, strange, looks = {}, {}, 0
local token

-- Gives out a task that is in a state. Whether it was given.
local function give(id, state)
  looks = looks + 1
  local row = redis.pcall('HMGET', task(id), 'state', 'token', 'attempts', 'expires_at', 'seq', 'unique_key', 'rank', 'keep',
    'name', 'payload', 'run_at', 'retry', 'caller', 'trace_parent', 'created_at')
  if row.err or row[1] ~= state then
    strange[#strange + 1] = id
    if row.err or not row[1] then
      remove(STATES[state], id)
    end
    return false
  end
  local seq, expires = tonumber(row[5]) or 0, tonumber(row[4])
  if expires and expires <= now then
    call('HSET', task(id), 'state', EXPIRED, 'finished_at', whole(now))
    finish(id, {seq = seq, key = row[6]}, state, EXPIRED)
    return false
  end
  token = token and token + 1 or take(limit)
  local attempts = whole((tonumber(row[3]) or 0) + 1)
  call('HSET', task(id), 'state', RUNNING, 'token', whole(token), 'attempts', attempts, 'worker', worker,
    'started_at', whole(now))
  if state == WAITING then
    remove(STATES[WAITING], id)
    add(STATES[RUNNING], seq, id)
  end
  add(held(queue), now + lease, id)
  row[1], row[2], row[3] = id, whole(token), attempts
  bytes = bytes - (row[10] and #row[10] or 0)
  given[#given + 1] = row
  return true
end

local function room()
  return bytes > 0 and looks < LOOKS and limit - #given or 0
end

-- What nobody holds any more.
for _, id in ipairs(call('ZRANGEBYSCORE', held(queue), '-inf', whole(now), 'LIMIT', 0, limit)) do
  if room() <= 0 then
    break
  end
  if not give(id, RUNNING) then
    remove(held(queue), id)
  end
end

for _, rank in ipairs(RANKS) do
  -- What has become due takes its turn among what could begin before.
  if room() > 0 then
    for _, id in ipairs(call('ZRANGEBYSCORE', later(rank, queue), '-inf', whole(now), 'LIMIT', 0, room())) do
      local seq = redis.pcall('HGET', task(id), 'seq')
      call('ZREM', later(rank, queue), id)
      call('ZADD', ready(rank, queue), type(seq) == 'string' and tonumber(seq) and seq or '0', id)
    end
  end
  while room() > 0 do
    local next = call('ZPOPMIN', ready(rank, queue), math.min(room(), GROUP))
    if #next == 0 then
      break
    end
    for i = 1, #next, 2 do
      if bytes > 0 then
        give(next[i], WAITING)
      else
        add(ready(rank, queue), tonumber(next[i + 1]), next[i])
      end
    end
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
  look(held(queue))
  for _, rank in ipairs(RANKS) do
    look(later(rank, queue))
  end
  if soonest then
    pause = whole(math.max(soonest - now, 0))
  end
end
return {given, pause, again, strange}
