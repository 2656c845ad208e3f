-- ARGV: an id. Returns whether there was a task that ended without success, and may begin anew: 1, else 0.

local id = ARGV[1]
local row = read(id)
if not row or (row.state ~= FAILED and row.state ~= CANCELLED and row.state ~= EXPIRED) then
  return 0
end
check_all()
check(ready(row.rank, row.queue))
if row.key then
  local owner = call('HGET', OWNERS, row.key)
  if owner and call('EXISTS', TASK .. owner) == 1 then
    return 0
  end
  call('HSET', OWNERS, row.key, id)
end
call('HSET', TASK .. id, 'state', WAITING)
call('HDEL', TASK .. id, 'attempt', 'run_at', 'expires_at', 'finished_at', 'error')
remove(ENDS[row.state], id)
remove(ENDED, id)
add(LIVE, row.number, id)
add(ready(row.rank, row.queue), row.number, id)
write()
wake(row.queue)
return 1
