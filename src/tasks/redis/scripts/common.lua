-- What all scripts begin with. KEYS[1] is the prefix of all keys; its hash tag puts them into one slot.
--
--   <prefix>:task:<id>               a hash: the task
--   <prefix>:ready:<rank>:<queue>    ids by number: what may begin, in turn
--   <prefix>:later:<rank>:<queue>    ids by moment: what waits for it
--   <prefix>:held:<queue>            ids by the end of the lease
--   <prefix>:waiting, :running, ..   ids by number: all tasks in a state
--   <prefix>:ended                   ids by the moment of their end
--   <prefix>:keys                    a hash: unique keys of what waits or runs, and whose they are
--   <prefix>:last                    the last number that was given
--
-- Numbers and moments are microseconds: of the server's clock, but never one twice. Each script reads, checks that every
-- key that it will write is of the kind it should be, and only then begins to write, so that it ends before or does all of it.

local call = redis.call
local prefix = KEYS[1]
local clock = call('TIME')
local now = clock[1] * 1000000 + clock[2]

local RANKS = {'2', '1', '0'}
local WAITING, RUNNING, SUCCEEDED, FAILED, CANCELLED, EXPIRED = '0', '1', '2', '3', '4', '5'
local STATES = {
  [WAITING] = prefix .. ':waiting', [RUNNING] = prefix .. ':running', [SUCCEEDED] = prefix .. ':succeeded',
  [FAILED] = prefix .. ':failed', [CANCELLED] = prefix .. ':cancelled', [EXPIRED] = prefix .. ':expired',
}
local ENDED, OWNERS, LAST = prefix .. ':ended', prefix .. ':keys', prefix .. ':last'

local function whole(number)
  return string.format('%.0f', number)
end

local function task(id)
  return prefix .. ':task:' .. id
end

local function ready(rank, queue)
  return prefix .. ':ready:' .. rank .. ':' .. queue
end

local function later(rank, queue)
  return prefix .. ':later:' .. rank .. ':' .. queue
end

local function held(queue)
  return prefix .. ':held:' .. queue
end

-- Ends the script where a key is there and of another kind: nothing is written then.
local checked = {}
local function check(key, command)
  if not checked[key] then
    local answer = redis.pcall(command or 'ZCARD', key)
    if type(answer) == 'table' and answer.err then
      error(key .. ': ' .. answer.err)
    end
    checked[key] = true
  end
end

local function check_all()
  for _, key in pairs(STATES) do
    check(key)
  end
  check(ENDED)
  check(OWNERS, 'HLEN')
  check(LAST, 'GET')
end

-- The first write. Unlike those that need memory it is not refused where there is none left, and then the others are not
-- either: what makes room has to work.
local function open()
  call('DEL', prefix .. ':door')
end

-- So many new numbers; the first of them.
local function take(count)
  local first = math.max((tonumber(call('GET', LAST)) or 0) + 1, now)
  call('SET', LAST, whole(first + count - 1))
  return first
end

-- What belongs to a task, or nothing where it is not there, or no hash.
local function read(id)
  local row = redis.pcall('HMGET', task(id), 'state', 'token', 'queue', 'rank', 'seq', 'keep', 'unique_key', 'attempts')
  if row.err or not row[1] then
    return nil
  end
  local rank = row[4]
  if rank ~= '0' and rank ~= '2' then
    rank = '1'
  end
  return {
    state = row[1], token = row[2], queue = row[3] or '', rank = rank, seq = tonumber(row[5]) or 0, keep = row[6],
    key = row[7], attempts = tonumber(row[8]) or 0,
  }
end

-- Changes of sorted sets, which are made at once at the end.
local added, removed = {}, {}
local function add(key, score, id)
  local list = added[key]
  if not list then
    list = {}
    added[key] = list
  end
  list[#list + 1] = whole(score)
  list[#list + 1] = id
end

local function remove(key, id)
  local list = removed[key]
  if not list then
    list = {}
    removed[key] = list
  end
  list[#list + 1] = id
end

local function write()
  for key, list in pairs(removed) do
    call('ZREM', key, unpack(list))
  end
  for key, list in pairs(added) do
    call('ZADD', key, unpack(list))
  end
end

-- A task waits or runs no more: its key may be another's.
local function free(id, key)
  if key and call('HGET', OWNERS, key) == id then
    call('HDEL', OWNERS, key)
  end
end

-- A task has ended. Its hash is the caller's.
local function finish(id, row, from, to)
  free(id, row.key)
  remove(STATES[from], id)
  add(STATES[to], row.seq, id)
  add(ENDED, now, id)
end

-- Wakes who waits for tasks of a queue. It is a hint: where it may not be given, they look by themselves.
local function wake(queue)
  redis.pcall('PUBLISH', prefix .. ':wake', queue)
end
