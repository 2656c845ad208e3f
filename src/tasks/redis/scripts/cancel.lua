-- ARGV: an id. Returns whether the task is taken back ('done'), or why not: 'late', 'unknown'.

local id = ARGV[1]
local row = read(id)
if not row then
  return 'unknown'
end
if row.state ~= WAITING then
  return 'late'
end
check_all()
check(ready(row.rank, row.queue))
check(later(row.rank, row.queue))
open()
call('HSET', TASK .. id, 'state', CANCELLED, 'finished_at', stamp)
remove(ready(row.rank, row.queue), id)
remove(later(row.rank, row.queue), id)
finish(id, row.key, row.number, CANCELLED)
write()
return 'done'
