-- ARGV: a moment, how many at most. Forgets what ended before it, and says how many.

check_all()
local gone = {}
for _, id in ipairs(call('ZRANGEBYSCORE', ENDED, '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])) do
  local state = redis.pcall('HGET', TASK .. id, 'state')
  remove(ENDED, id)
  if state ~= WAITING and state ~= RUNNING then
    gone[#gone + 1] = TASK .. id
    if ENDS[state] then
      remove(ENDS[state], id)
    else
      for _, key in pairs(ENDS) do
        remove(key, id)
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
