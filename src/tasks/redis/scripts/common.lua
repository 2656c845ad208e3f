-- What all scripts begin with. KEYS[1] is the prefix of all keys; its hash tag puts them into one slot.
--
--   <prefix>:task:<id>               a hash: the task
--   <prefix>:ready:<rank>:<queue>    ids by number: what may begin, in turn
--   <prefix>:later:<rank>:<queue>    ids by moment: what waits for it
--   <prefix>:held:<queue>            ids by the end of the lease
--   <prefix>:live                    ids by number: all that waits or runs
--   <prefix>:succeeded, :failed, ..  ids by number: what ended so
--   <prefix>:ended                   ids by the moment of their end
--   <prefix>:keys                    a hash: unique keys of what is live, and whose they are
--   <prefix>:queues                  a set: the names of queues
--   <prefix>:last                    the last number that was given
--   <prefix>:ready                   written to see whether it can be
--
-- The fields of a task; those that say several things have them one after the other, with spaces between:
--
--   state, queue, payload
--   turn         rank and number: where it is in turn
--   about        fingerprint, rank, when it was enqueued, how often and when it is tried, name
--   attempt      of the last attempt: token, which it is, when it began, who has it
--   keep, unique_key, run_at, expires_at, caller, trace_parent, foreign, finished_at, error, result, where there are such
--
-- Numbers and moments are microseconds: of the server's clock, but never one twice. Each script reads, checks that every
-- key that it will write is of the kind it should be, and only then begins to write, so that it ends before or does all of it.

local call = redis.call
local prefix = KEYS[1]
local clock = call('TIME')
local now = clock[1] * 1000000 + clock[2]
local stamp = string.format('%.0f', now)

local RANKS = {'2', '1', '0'}
local WAITING, RUNNING, SUCCEEDED, FAILED, CANCELLED, EXPIRED = '0', '1', '2', '3', '4', '5'
local LIVE, ENDED, LAST = prefix .. ':live', prefix .. ':ended', prefix .. ':last'
local OWNERS, QUEUES = prefix .. ':keys', prefix .. ':queues'
local ENDS = {
  [SUCCEEDED] = prefix .. ':succeeded', [FAILED] = prefix .. ':failed', [CANCELLED] = prefix .. ':cancelled',
  [EXPIRED] = prefix .. ':expired',
}
local TASK = prefix .. ':task:'

local function whole(number)
  return string.format('%.0f', number)
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
  check(LIVE)
  check(ENDED)
  for _, key in pairs(ENDS) do
    check(key)
  end
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

-- Rank and number of a task's turn.
local function turn(text)
  local rank, number = string.match(text or '', '^([012]) (%d+)$')
  return rank or '1', number or '0'
end

-- What belongs to a task, or nothing where it is not there, or no hash.
local function read(id)
  local row = redis.pcall('HMGET', TASK .. id, 'state', 'queue', 'turn', 'unique_key')
  if row.err or not row[1] then
    return nil
  end
  local rank, number = turn(row[3])
  return {state = row[1], queue = row[2] or '', rank = rank, number = number, key = row[4]}
end

-- Changes of sorted sets, which are made at once at the end.
local added, removed = {}, {}
local function add(key, score, id)
  local list = added[key]
  if not list then
    list = {}
    added[key] = list
  end
  list[#list + 1] = score
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
local function finish(id, key, number, state)
  free(id, key)
  remove(LIVE, id)
  add(ENDS[state], number, id)
  add(ENDED, stamp, id)
end

-- Wakes who waits for tasks of a queue. It is a hint: where it may not be given, they look by themselves.
local function wake(queue)
  redis.pcall('PUBLISH', prefix .. ':wake', queue)
end
