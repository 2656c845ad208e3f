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
    local taken = left > 0 and call('ZPOPMIN', place, left) or {}
    for i = 1, #taken, 2 do
      local id = taken[i]
      local row = read(id)
      if row then
        free(id, row.key)
      end
      remove(STATES[WAITING], id)
      gone[#gone + 1] = task(id)
    end
  end
end
if #gone > 0 then
  call('DEL', unpack(gone))
end
write()
return #gone
