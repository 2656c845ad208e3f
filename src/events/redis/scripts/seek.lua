-- ARGV: a group, and where it begins anew. Returns whether it is known.

local name = ARGV[1]
if not group_of(name) then
  return 0
end
local position, round = begin(ARGV[2]), tonumber(call('HGET', GROUP, 'round')) or 0
open()
for _, place in ipairs(call('SMEMBERS', KEPT)) do
  call('DEL', LETTER .. place)
end
call('UNLINK', OPEN, HELD, DUE, TURNS, KEPT)
call('HSET', GROUP, 'position', position, 'round', whole(round + 1))
wake(name)
return 1
