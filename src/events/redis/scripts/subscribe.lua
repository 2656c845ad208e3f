-- ARGV: a group, its types as JSON, where it starts unless it is known.

local name, types, start = ARGV[1], ARGV[2], ARGV[3]
local known = group_of(name)
check(GROUPS, 'SCARD')
if known then
  call('HSET', GROUP, 'types', types)
else
  call('HSET', GROUP, 'types', types, 'position', begin(start), 'round', '0')
end
call('SADD', GROUPS, name)
wake(name)
return 1
