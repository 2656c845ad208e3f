-- ARGV: how many ids, and these; the fields to give. Returns id and fields of those that are tasks.

local count = tonumber(ARGV[1])
local rows = {}
for at = 2, 1 + count do
  local row = redis.pcall('HMGET', TASK .. ARGV[at], unpack(ARGV, 2 + count))
  if not row.err and row[1] then
    rows[#rows + 1] = {ARGV[at], row}
  end
end
return rows
