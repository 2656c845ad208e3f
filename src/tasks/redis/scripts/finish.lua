-- ARGV: for each its id, token, how the attempt ended (a state, or AGAIN or RETURNED), the moment of the next attempt, why it
-- failed and its result, all '' where there is none. Returns a 1 for each whose lease still held, else a 0.

local AGAIN, RETURNED = '0', '9'

check_all()
local rows, answer = {}, {}
for at = 1, #ARGV, 6 do
  local id, row = ARGV[at], read(ARGV[at])
  -- An attempt ends once, also where a group says it twice.
  local holds = row and not rows[id] and row.state == RUNNING and row.token == ARGV[at + 1]
  if holds then
    rows[id] = row
    row.at = at
    check(held(row.queue))
    check(ready(row.rank, row.queue))
    check(later(row.rank, row.queue))
  end
  answer[#answer + 1] = holds and '1' or '0'
end
open()

local queues, gone = {}, {}
for id, row in pairs(rows) do
  local kind, moment, failure, result = unpack(ARGV, row.at + 2, row.at + 5)
  local key = task(id)
  remove(held(row.queue), id)
  if kind == SUCCEEDED and not row.keep then
    free(id, row.key)
    remove(STATES[RUNNING], id)
    gone[#gone + 1] = key
  elseif kind == AGAIN or kind == RETURNED then
    remove(STATES[RUNNING], id)
    add(STATES[WAITING], row.seq, id)
    local due = kind == AGAIN and tonumber(moment) or now
    if kind == AGAIN then
      call('HSET', key, 'state', WAITING, 'run_at', moment, 'error', failure)
    else
      call('HSET', key, 'state', WAITING, 'attempts', whole(math.max(row.attempts - 1, 0)))
    end
    if due > now then
      add(later(row.rank, row.queue), due, id)
    else
      add(ready(row.rank, row.queue), row.seq, id)
    end
    queues[row.queue] = true
  else
    call('HSET', key, 'state', kind, 'finished_at', whole(now))
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
    finish(id, row, RUNNING, kind)
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
