-- What all scripts of tasks begin with, and what is where:
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
-- Numbers and moments are microseconds: of the server's clock, but never one twice.

local RANKS = {'2', '1', '0'}
local WAITING, RUNNING, SUCCEEDED, FAILED, CANCELLED, EXPIRED = '0', '1', '2', '3', '4', '5'
local LIVE, ENDED, LAST = prefix .. ':live', prefix .. ':ended', prefix .. ':last'
local OWNERS, QUEUES = prefix .. ':keys', prefix .. ':queues'
local ENDS = {
  [SUCCEEDED] = prefix .. ':succeeded', [FAILED] = prefix .. ':failed', [CANCELLED] = prefix .. ':cancelled',
  [EXPIRED] = prefix .. ':expired',
}
local TASK = prefix .. ':task:'

local function ready(rank, queue)
  return prefix .. ':ready:' .. rank .. ':' .. queue
end

local function later(rank, queue)
  return prefix .. ':later:' .. rank .. ':' .. queue
end

local function held(queue)
  return prefix .. ':held:' .. queue
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

-- Wakes who waits for tasks of a queue.
local function wake(queue)
  hint('wake', queue)
end
