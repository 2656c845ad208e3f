-- ARGV: a group, how many dead letters at most. Returns whether it is known, and whether all of it is gone.

local name = ARGV[1]
if not group_of(name) then
  return {0, 1}
end
check(GROUPS, 'SCARD')
open()
local most = tonumber(ARGV[2])
local places = call('ZRANGE', DEAD, 0, most - 1)
for _, place in ipairs(places) do
  call('UNLINK', LETTER .. place)
end
if #places == most then
  call('ZREM', DEAD, unpack(places))
  return {1, 0}
end
for _, place in ipairs(call('SMEMBERS', KEPT)) do
  call('UNLINK', LETTER .. place)
end
call('UNLINK', GROUP, OPEN, HELD, DUE, TURNS, DEAD, KEPT)
call('SREM', GROUPS, name)
wake(name)
return {1, 1}
