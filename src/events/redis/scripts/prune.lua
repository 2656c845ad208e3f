-- ARGV: a moment in milliseconds, the place after which to go on or '', how many entries and about how many bytes at most. Forgets
-- what was published before it, but nothing that a group has open. Returns how many, and where to go on, or ''.

local moment, position, most, bytes = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
check(LOG, 'XLEN')
check(KNOWN)
check(GROUPS, 'SCARD')
local opens = {}
for _, name in ipairs(call('SMEMBERS', GROUPS)) do
  local key = own('open', name)
  check(key, 'HLEN')
  if call('HLEN', key) > 0 then
    opens[#opens + 1] = key
  end
end
open()

local old = math.min(call('ZCOUNT', KNOWN, '-inf', '(' .. moment), most)
if old > 0 then
  call('ZREMRANGEBYRANK', KNOWN, 0, old - 1)
end
if moment == '0' then
  return {0, ''}
end
local till = whole(tonumber(moment) - 1) .. '-' .. LAST
local gone, looks, more = 0, 0, true
while more and looks < most and bytes > 0 do
  local page = call('XRANGE', LOG, position == '' and '-' or id_of(position), till, 'COUNT', 33)
  local ids = {}
  more = false
  for _, one in ipairs(page) do
    local place = place_of(one[1])
    if place ~= position then
      position, more, looks = place, true, looks + 1
      local free = true
      for _, key in ipairs(opens) do
        free = free and call('HEXISTS', key, place) == 0
      end
      if free then
        ids[#ids + 1] = one[1]
      end
    end
    for _, text in ipairs(one[2]) do
      bytes = bytes - #text
    end
  end
  if #ids > 0 then
    gone = gone + call('XDEL', LOG, unpack(ids))
  end
end
return {gone, more and position or ''}
