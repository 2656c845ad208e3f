-- ARGV: the number below which to look, or '+inf'; how many to look at; queue and name after '=', or ''; how many states, and
-- these; the fields to give, of which the first are state, name and queue. Returns the number of the last that was looked at,
-- or '' where there are no more, and id and fields of those that were wanted.

local below, most, queue, name, states = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], tonumber(ARGV[5])
local found = {}
for at = 6, 5 + states do
  local some = call('ZREVRANGEBYSCORE', STATES[ARGV[at]], below, '-inf', 'WITHSCORES', 'LIMIT', 0, most)
  for i = 1, #some, 2 do
    found[#found + 1] = {id = some[i], seq = tonumber(some[i + 1])}
  end
end
table.sort(found, function(one, other)
  return one.seq > other.seq
end)

local rows = {}
local last = math.min(#found, most)
for i = 1, last do
  local id = found[i].id
  local row = redis.pcall('HMGET', task(id), unpack(ARGV, 6 + states))
  local there = not row.err and row[1]
  if there and (queue == '' or '=' .. (row[3] or '') == queue) and (name == '' or '=' .. (row[2] or '') == name) then
    rows[#rows + 1] = {id, row}
  end
end
return {last > 0 and last == most and whole(found[last].seq) or '', rows}
