-- ARGV: the number below which to look, or '+inf'; how many to look at; queue, name and state after '=', or ''; how many sorted
-- sets to look at, and their names; the fields to give, of which the first are state, queue and `about`. Returns the number of the
-- last that was looked at, or '' where there are no more, and id and fields of those that were wanted.

local below, most, queue, name, state, sets = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local found = {}
for at = 7, 6 + sets do
  local some = call('ZREVRANGEBYSCORE', prefix .. ':' .. ARGV[at], below, '-inf', 'WITHSCORES', 'LIMIT', 0, most)
  for i = 1, #some, 2 do
    found[#found + 1] = {id = some[i], number = tonumber(some[i + 1])}
  end
end
table.sort(found, function(one, other)
  return one.number > other.number
end)

local function is(wanted, value)
  return wanted == '' or wanted == '=' .. (value or '')
end

local rows = {}
local last = math.min(#found, most)
for i = 1, last do
  local id = found[i].id
  local row = redis.pcall('HMGET', TASK .. id, unpack(ARGV, 7 + sets))
  if not row.err and row[1] and is(state, row[1]) and is(queue, row[2]) then
    if name == '' or is(name, string.match(row[3] or '', string.rep('%S+ ', 7) .. '(.*)')) then
      rows[#rows + 1] = {id, row}
    end
  end
end
return {last > 0 and last == most and whole(found[last].number) or '', rows}
