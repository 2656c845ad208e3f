-- What all scripts begin with. KEYS[1] is the prefix of all keys; its hash tag puts them into one slot. Moments are microseconds
-- of the server's clock. Each script reads, checks that every key that it will write is of the kind it should be, and only then
-- begins to write, so that it ends before or does all of it.

local call = redis.call
local prefix = KEYS[1]
local clock = call('TIME')
local now = clock[1] * 1000000 + clock[2]
local stamp = string.format('%.0f', now)

local function whole(number)
  return string.format('%.0f', number)
end

-- Ends the script where a key is there and of another kind: nothing is written then.
local checked = {}
local function check(key, command)
  if not checked[key] then
    local answer = redis.pcall(command or 'ZCARD', key)
    if type(answer) == 'table' and answer.err then
      error(key .. ': ' .. answer.err)
    end
    checked[key] = true
  end
end

-- The first write. Unlike those that need memory it is not refused where there is none left, and then the others are not
-- either: what makes room has to work.
local function open()
  call('DEL', prefix .. ':door')
end

-- Changes of sorted sets, which are made at once at the end.
local added, removed = {}, {}
local function add(key, score, id)
  local list = added[key]
  if not list then
    list = {}
    added[key] = list
  end
  list[#list + 1] = score
  list[#list + 1] = id
end

local function remove(key, id)
  local list = removed[key]
  if not list then
    list = {}
    removed[key] = list
  end
  list[#list + 1] = id
end

local function write()
  for key, list in pairs(removed) do
    call('ZREM', key, unpack(list))
  end
  for key, list in pairs(added) do
    call('ZADD', key, unpack(list))
  end
end

-- Wakes who waits. It is a hint: where it may not be given, they look by themselves.
local function hint(channel, name)
  redis.pcall('PUBLISH', prefix .. ':' .. channel, name)
end
