-- ARGV: a moment, how many at most. Forgets what ended before it, and says how many.

check_all()
local gone = {}
for _, id in ipairs(call('ZRANGEBYSCORE', ENDED, '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])) do
  local row = read(id)
  local ended = not row or (row.state ~= WAITING and row.state ~= RUNNING)
  remove(ENDED, id)
  if ended then
    gone[#gone + 1] = task(id)
    for _, state in ipairs({SUCCEEDED, FAILED, CANCELLED, EXPIRED}) do
      if not row or row.state == state then
        remove(STATES[state], id)
      end
    end
  end
end
open()
if #gone > 0 then
  call('DEL', unpack(gone))
end
write()
return #gone
