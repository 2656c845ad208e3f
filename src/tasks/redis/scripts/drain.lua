-- ARGV: queue, how many at most. Takes away what waits, and says how many.

local queue, most = ARGV[1], tonumber(ARGV[2])
check_all()
for _, rank in ipairs(RANKS) do
  check(ready(rank, queue))
  check(later(rank, queue))
end
open()

local gone = {}
for _, rank in ipairs(RANKS) do
  for _, place in ipairs({ready(rank, queue), later(rank, queue)}) do
    local left = most - #gone
    local taken = left > 0 and call('ZRANGE', place, 0, left - 1) or {}
    for _, id in ipairs(taken) do
      local key = redis.pcall('HGET', TASK .. id, 'unique_key')
      free(id, type(key) == 'string' and key)
      remove(LIVE, id)
      gone[#gone + 1] = TASK .. id
    end
    if #taken > 0 then
      call('ZREMRANGEBYRANK', place, 0, #taken - 1)
    end
  end
end
if #gone > 0 then
  call('DEL', unpack(gone))
end
write()
return #gone
