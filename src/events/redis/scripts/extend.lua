-- ARGV: a group, the length of the lease; then for each its place and token. Returns nothing where the group is not known, else a
-- 1 for each that still held, else a 0.

if not group_of(ARGV[1]) then
  return false
end
open()
local till, answer = whole(now + ARGV[2]), {}
for at = 3, #ARGV, 2 do
  local holds = held(ARGV[at], ARGV[at + 1])
  if holds then
    call('ZADD', HELD, till, ARGV[at])
  end
  answer[#answer + 1] = holds and '1' or '0'
end
return table.concat(answer)
