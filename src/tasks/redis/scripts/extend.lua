-- ARGV: the length of the lease; then for each its id and token. Returns a 1 for each that still held, else a 0.

local till = whole(now + ARGV[1])
local answer = {}
for at = 2, #ARGV, 2 do
  local id, token = ARGV[at], ARGV[at + 1] .. ' '
  local row = redis.pcall('HMGET', TASK .. id, 'state', 'attempt', 'queue')
  local holds = not row.err and row[1] == RUNNING and string.sub(row[2] or '', 1, #token) == token
  if holds then
    local key = held(row[3] or '')
    check(key)
    add(key, till, id)
  end
  answer[#answer + 1] = holds and '1' or '0'
end
open()
write()
return table.concat(answer)
