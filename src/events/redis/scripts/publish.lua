-- ARGV: for each event its source and id, how many fields and values follow, and these. Takes those that are not known.

check(LOG, 'XLEN')
check(KNOWN)
local at, fresh = 1, false
while at <= #ARGV do
  local mark, count = ARGV[at], ARGV[at + 1]
  if not call('ZSCORE', KNOWN, mark) then
    local id = call('XADD', LOG, '*', unpack(ARGV, at + 2, at + 1 + count))
    call('ZADD', KNOWN, string.match(id, '^%d+'), mark)
    fresh = true
  end
  at = at + 2 + count
end
if fresh then
  wake('')
end
return 1
