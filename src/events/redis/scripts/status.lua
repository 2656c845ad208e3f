-- ARGV: a group, the place from which on to count or '', how many entries and about how many bytes at most. Returns nothing where
-- the group is not known, else its types, how many are open and dead, how many entries come after the place, or after that which
-- it has come to, and where to go on counting, or ''.

if not group_of(ARGV[1]) then
  return false
end
local row = call('HMGET', GROUP, 'types', 'position')
local position, most, bytes, count = ARGV[2] == '' and row[2] or ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), 0
local first = call('XRANGE', LOG, '-', '+', 'COUNT', 1)[1]
if not first or position < place_of(first[1]) then
  count, position = call('XLEN', LOG), ''
end
while position ~= '' and count < most and bytes > 0 do
  local page = call('XRANGE', LOG, id_of(position), '+', 'COUNT', 33)
  local before = count
  for _, one in ipairs(page) do
    local place = place_of(one[1])
    if place ~= position then
      count = count + 1
    end
    position = place
    for _, text in ipairs(one[2]) do
      bytes = bytes - #text
    end
  end
  if count == before then
    position = ''
  end
end
return {row[1], call('HLEN', OPEN), call('ZCARD', DEAD), count, position}
