-- ARGV: the length of the lease; then for each its id and token. Returns a 1 for each that still held, else a 0.

check_all()
local leases, answer = {}, {}
for at = 2, #ARGV, 2 do
  local id, row = ARGV[at], read(ARGV[at])
  local holds = row and row.state == RUNNING and row.token == ARGV[at + 1]
  if holds then
    check(held(row.queue))
    add(held(row.queue), now + ARGV[1], id)
  end
  answer[#answer + 1] = holds and '1' or '0'
end
open()
write()
return table.concat(answer)
