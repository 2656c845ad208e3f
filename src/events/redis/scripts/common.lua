-- What all scripts of events begin with, and what is where:
--
--   <prefix>:events                       the stream: the log of all events, which anybody may read and write
--   <prefix>:events:known                 sources and ids of what was published, by the moment
--   <prefix>:events:groups                a set: the names of groups
--   <prefix>:events:group:<group>         a hash: types, position, round
--   <prefix>:events:open:<group>          a hash: what it has come to and not ended
--   <prefix>:events:held:<group>          of that, by the end of the lease: what is given out
--   <prefix>:events:due:<group>           of that, by the moment: what may be given out from then on
--   <prefix>:events:turns:<group>         of that, by key and place: what has a key
--   <prefix>:events:dead:<group>          what was given up, by place
--   <prefix>:events:kept:<group>          a set: what begins anew from its dead letter, because the log has forgotten it
--   <prefix>:events:letter:<group>:<id>   a hash: a dead letter, the fields as they came and ours besides
--   <prefix>:events:ready                 written to see whether it can be
--
-- A place in the log is an id of the stream with both of its numbers in 20 digits, so that they are in order as text. What is
-- open is its token, its attempts, and a number for its key or '': events of one key are those with one number. What is neither
-- held nor due waits behind another of its key.

local LOG, KNOWN, GROUPS = prefix .. ':events', prefix .. ':events:known', prefix .. ':events:groups'
local NONE, LAST = string.rep('0', 20) .. '-' .. string.rep('0', 20), '18446744073709551615'

local function own(kind, group)
  return prefix .. ':events:' .. kind .. ':' .. group
end

-- What belongs to a group. Whether it is known.
local GROUP, OPEN, HELD, DUE, TURNS, DEAD, KEPT, LETTER
local function group_of(name)
  GROUP, OPEN, HELD, DUE = own('group', name), own('open', name), own('held', name), own('due', name)
  TURNS, DEAD, KEPT, LETTER = own('turns', name), own('dead', name), own('kept', name), own('letter', name) .. ':'
  for _, key in ipairs({GROUP, OPEN}) do
    check(key, 'HLEN')
  end
  for _, key in ipairs({HELD, DUE, TURNS, DEAD}) do
    check(key)
  end
  check(KEPT, 'SCARD')
  check(LOG, 'XLEN')
  return call('EXISTS', GROUP) == 1
end

-- From the id of an entry to its place, and back.
local function place_of(id)
  local moment, number = string.match(id, '^(%d+)%-(%d+)$')
  return string.rep('0', 20 - #moment) .. moment .. '-' .. string.rep('0', 20 - #number) .. number
end

local function id_of(place)
  local moment, number = string.match(place, '^0*(%d+)%-0*(%d+)$')
  assert(moment, 'no place in the log')
  return moment .. '-' .. number
end

-- The fields of the entry at a place, where the log has it.
local function entry(place)
  local id = id_of(place)
  local found = call('XRANGE', LOG, id, id)[1]
  return found and found[2]
end

-- The last place that the log has given.
local function last()
  local info = redis.pcall('XINFO', 'STREAM', LOG)
  for at = 1, info.err and 0 or #info, 2 do
    if info[at] == 'last-generated-id' then
      return place_of(info[at + 1])
    end
  end
  return NONE
end

-- Before the first event that a group gets which starts there: 'now', 'beginning', or a moment in milliseconds.
local function begin(start)
  if start == 'beginning' then
    return NONE
  end
  if start == 'now' or not call('XRANGE', LOG, start, '+', 'COUNT', 1)[1] then
    return last()
  end
  return start == '0' and NONE or place_of(whole(tonumber(start) - 1) .. '-' .. LAST)
end

-- A text of JSON, or nothing.
local function text(value)
  if type(value) == 'string' and value ~= '' then
    return value
  end
  return type(value) == 'number' and tostring(value) or nil
end

local WHOLE = 'application/cloudevents'

-- What a group has to know of an entry: type, key and id, where they can be told. As Rust reads it in `entry.rs`.
local function look(fields)
  local attributes, some, data, kind = {}, false, nil, ''
  for at = 1, #fields, 2 do
    local name = string.lower(fields[at])
    if string.sub(name, 1, 3) == 'ce-' then
      attributes[string.sub(name, 4)], some = fields[at + 1], true
    elseif name == 'data' then
      data = fields[at + 1]
    elseif name == 'content-type' then
      kind = string.lower(string.match(fields[at + 1], '%S.*') or '')
    end
  end
  if string.sub(kind, 1, #WHOLE) == WHOLE or not some then
    local done, decoded = pcall(cjson.decode, data or '')
    attributes = done and type(decoded) == 'table' and decoded or {}
  end
  local key = text(attributes.partitionkey) or text(attributes.subject)
  local source = text(attributes.source)
  return text(attributes.type), key and source and string.sub(redis.sha1hex(source .. ' ' .. key), 1, 16) or '',
    text(attributes.id)
end

-- The parts of what is open: token, attempts, number of the key.
local function parts(open)
  local token, attempts, key = string.match(open or '', '^(%d+) (%d+) (%x*)$')
  return tonumber(token), tonumber(attempts), key
end

local function joined(token, attempts, key)
  return whole(token) .. ' ' .. whole(attempts) .. ' ' .. key
end

-- The first of a key that is open.
local function first_of(key)
  local first = call('ZRANGEBYLEX', TURNS, '[' .. key .. ':', '(' .. key .. ';', 'LIMIT', 0, 1)[1]
  return first and string.sub(first, #key + 2)
end

-- What was given out and not ended, by a lease: its parts.
local function held(place, token)
  local value = call('HGET', OPEN, place)
  local known, attempts, key = parts(value)
  if known and whole(known) == token and call('ZSCORE', HELD, place) then
    return known, attempts, key
  end
end

-- Wakes who waits for a group; without a name, all.
local function wake(name)
  hint('events:wake', name)
end
