-- ARGV: for each its id, token, how the attempt ended (a state, or AGAIN, POSTPONED or RETURNED), the moment of the next attempt, why it
-- failed and its result, all '' where there is none. Returns a 1 for each whose lease still held, else a 0.

local AGAIN, POSTPONED, RETURNED = '0', '8', '9'

check_all()
local rows, answer = {}, {}
for at = 1, #ARGV, 6 do
  local id, token, kind = ARGV[at], ARGV[at + 1] .. ' ', ARGV[at + 2]
  local row = redis.pcall('HMGET', TASK .. id, 'state', 'attempt', 'queue', 'unique_key', 'keep')
  -- An attempt ends once, also where a group says it twice.
  local holds = not row.err and not rows[id] and row[1] == RUNNING and string.sub(row[2] or '', 1, #token) == token
  if holds then
    rows[id] = row
    local queue = row[3] or ''
    row.at, row.held = at, held(queue)
    check(row.held)
    if kind ~= SUCCEEDED or row[5] then
      row.rank, row.number = turn(call('HGET', TASK .. id, 'turn'))
      check(ready(row.rank, queue))
      check(later(row.rank, queue))
    end
  end
  answer[#answer + 1] = holds and '1' or '0'
end
open()

local queues, gone = {}, {}
for id, row in pairs(rows) do
  local kind, moment, failure, result = unpack(ARGV, row.at + 2, row.at + 5)
  local key, attempt, queue, owned = TASK .. id, row[2], row[3] or '', row[4]
  remove(row.held, id)
  if kind == SUCCEEDED and not row[5] then
    free(id, owned)
    remove(LIVE, id)
    gone[#gone + 1] = key
  elseif kind == AGAIN or kind == POSTPONED or kind == RETURNED then
    local waits = kind ~= RETURNED
    if waits then
      call('HSET', key, 'state', WAITING, 'run_at', moment, 'error', failure)
    end
    if kind ~= AGAIN then
      local token, number, rest = string.match(attempt, '^(%d+) (%d+)( .*)$')
      number = math.max((tonumber(number) or 0) - 1, 0)
      call('HSET', key, 'state', WAITING, 'attempt', (token or '0') .. ' ' .. whole(number) .. (rest or ' 0 '))
    end
    if waits and (tonumber(moment) or 0) > now then
      add(later(row.rank, queue), moment, id)
    else
      add(ready(row.rank, queue), row.number, id)
    end
    queues[queue] = true
  else
    call('HSET', key, 'state', kind, 'finished_at', stamp)
    if kind == SUCCEEDED then
      -- Nobody can ask for the payload any more.
      call('HDEL', key, 'payload', 'error')
    end
    if failure ~= '' then
      call('HSET', key, 'error', failure)
    end
    if result ~= '' then
      call('HSET', key, 'result', result)
    end
    finish(id, owned, row.number, kind)
  end
end
if #gone > 0 then
  call('DEL', unpack(gone))
end
write()
for queue in pairs(queues) do
  wake(queue)
end
return table.concat(answer)
