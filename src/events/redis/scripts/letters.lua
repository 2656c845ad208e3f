-- ARGV: a group, the place after which to look or '', how many at most. Returns nothing where the group is not known, else the dead
-- letters, the oldest first, each with its place and its fields.

if not group_of(ARGV[1]) then
  return false
end
local letters = {}
for _, place in ipairs(call('ZRANGEBYLEX', DEAD, ARGV[2] == '' and '-' or '(' .. ARGV[2], '+', 'LIMIT', 0, ARGV[3])) do
  local fields = redis.pcall('HGETALL', LETTER .. place)
  letters[#letters + 1] = {place, fields.err and {} or fields}
end
return letters
