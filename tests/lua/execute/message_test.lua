-- message_test.lua -- requests and answers as they are sent: rille.execute.message, and the
-- parameters in them: rille.execute.packed_params.  The channel is a table.
package.path = "../../lib/?.lua;" .. package.path
local array = require "rille.array"
local check = require "check"
local json = require "rille.json"
local message = require "rille.execute.message"
local packed_params = require "rille.execute.packed_params"
local small_artifact = require "rille.artifact.small_artifact"
local worker_process = require "rille.host.worker_process"

local function digest(text) return (text .. ("."):rep(32)):sub(1, 32) end

local function small(text)
  return { digest = digest(text), type = "string", materializer = "string", version = 1, preview = text, size = #text,
    members = { { name = "value.txt", digest = digest(text .. " member"), size = #text, bytes = text } } }
end

local function large(text)
  return { digest = digest(text), type = "array", materializer = "array", version = 1, size = 1 << 20,
    members = { { name = "value.npy", digest = digest(text .. " member"), size = 1 << 20 } } }
end

-- A store that knows the files of some objects, and notes what it is told.
local function store_of(sigs)
  local store = { trusted = {}, noted = {} }
  function store.sig(_, d) return sigs and sigs[d] end
  function store.trust(_, d, sig) store.trusted[d] = sig end
  function store.note(_, d) store.noted[#store.noted + 1] = d return true end
  return store
end

-- What a channel does to a message: its bytes are those of a table without metatables.
local function sent(t) return worker_process.unpack(worker_process.pack(t)) end

local function copy(t) return sent(t) end

check.test("a request comes back as it was, small artifacts and large ones", function()
  local request = { position = 3, id = "one", key = digest "key", run = { id = "r", name = "run" }, number = 1,
    inputs = { small "a", { list = { small "b", large "c" } }, false } }
  local got = message.unpack_request(sent(message.pack_request(copy(request), store_of(), nil)), nil)
  check.eq({ got.position, got.id, got.run.name, got.has_objects }, { 3, "one", "run", true })
  local a, list = small_artifact.with_names(got.inputs[1]), got.inputs[2].list
  check.eq({ a, small_artifact.with_names(list[1]), small_artifact.with_names(list[2]), got.inputs[3] },
    { request.inputs[1], request.inputs[2].list[1], request.inputs[2].list[2], false })
end)

check.test("a request that is handed on keeps all that a worker is told", function()
  local request = { position = 1, id = "one", step = "work", key = digest "key", run = { id = "r" }, number = 1,
    inputs = {}, params = "p", objects = {}, artifact_notes = {}, model = { name = "m" }, known_error = "e",
    timeout = 1, memory = 2, exclusive = true }
  local got = message.unpack_request(sent(message.pack_request(copy(request), store_of(), nil)), nil)
  local again = message.unpack_request(sent(message.pack_request(got, store_of(), nil)), nil)
  for field, v in next, request do check.eq(again[field], v, field) end
end)

check.test("a list of small artifacts of one kind comes back, and is short", function()
  local list = {}
  for i = 1, 50 do list[i] = small_artifact.of(small_artifact.list_of(small("value " .. i))) end
  local function request(inputs) return { position = 1, id = "one", run = {}, inputs = inputs } end
  local bytes = worker_process.pack(message.pack_request(request { { list = list } }, store_of(), nil))
  check.ok(#bytes < 50 * 60, #bytes .. " bytes")
  local got = message.unpack_request(worker_process.unpack(bytes), nil).inputs[1].list
  check.eq(#got, 50)
  for i, one in ipairs(got) do
    local member = one.members[1]
    check.eq({ one.digest, one.type, one.materializer, one.version, one.size, member.bytes, member.name },
      { list[i].digest, "string", "string", 1, list[i].size, "value " .. i, "value.txt" })
  end
  -- of another kind, and with an object, they are no columns
  for _, other in ipairs { large "large", small "table", small_artifact.of { digest "x", "number", "number", 1, false,
    "value.txt", false, "1" } } do
    local mixed = { list[1], other, list[2] }
    got = message.unpack_request(sent(message.pack_request(request { { list = mixed } }, store_of(), nil)), nil)
    for i, one in ipairs(got.inputs[1].list) do
      check.eq({ one.digest, one.type }, { mixed[i].digest, mixed[i].type })
    end
  end
  got = message.unpack_request(sent(message.pack_request(request { { list = {} } }, store_of(), nil)), nil)
  check.eq(got.inputs, { { list = {} } })
end)

check.test("a request without inputs, of the same run as the one before, brings neither", function()
  local run = { id = "r", name = "run" }
  local packed = message.pack_request({ position = 1, id = "one", inputs = {}, run = run }, store_of(), run)
  check.eq({ packed.inputs or "none", packed.run or "none" }, { "none", "none" })
  local got = message.unpack_request(sent(packed), run)
  check.eq({ got.inputs, got.run == run, got.has_objects or false }, { {}, true, false })
end)

check.test("files that the parent has verified are trusted by the worker", function()
  local member = large("c").members[1].digest
  local request = { position = 1, id = "one", inputs = { large "c" }, run = {} }
  local packed = message.pack_request(request, store_of { [member] = "sig" }, nil)
  local store, seen = store_of(), {}
  message.trust_sigs(store, sent(packed).sigs, function(d) seen[#seen + 1] = d end)
  check.eq({ store.trusted[member], seen }, { "sig", { member } })
end)

-- The answer as the parent gets it.
local function through(answer, store)
  local got
  local channel = { post = function(_, t)
    got = sent(t)
    return true
  end }
  check.eq(message.post_answer(channel, answer), true)
  return message.unpack_answer(got, store or store_of())
end

check.test("an answer comes back, and objects that the worker put are noted", function()
  local store = store_of()
  local answer = { position = 1, ok = true, outputs = { large "out" }, output_digests = digest "out", reads = {},
    log = "", seconds = 0.5 }
  local got = through(answer, store)
  check.eq({ got.output_digests, got.outputs[1].digest, got.seconds, got.reads or "none", got.log or "none" },
    { digest "out", digest "out", 0.5, "none", "none" })
  check.eq(store.noted, { large("out").members[1].digest })
  store = store_of()
  local digests = digest "x" .. digest "y"
  local two = { position = 1, ok = true, outputs = { small "x", small "y" }, output_digests = digests }
  check.eq(through(two, store).output_digests, digests)
  check.eq(store.noted, {})
end)

check.test("metadata that no message carries comes as JSON, or as text", function()
  local got = through { position = 1, ok = true, metadata = { a = json.null, b = 1 }, noted = { out = { f = print } } }
  check.eq({ got.metadata.a == json.null, got.metadata.b }, { true, 1 })
  check.eq(type(got.noted.out), "string")
end)

check.test("parameters are bytes, with arrays beside them", function()
  check.eq({ packed_params.to_send { a = 1, b = "x" } }, {}, "a worker has those that no step can change")
  local bytes, objects = packed_params.to_send { t = { 1, 2 } }
  check.eq({ packed_params.unpack(bytes, objects), objects or "none" }, { { t = { 1, 2 } }, "none" })
  bytes, objects = packed_params.pack { n = 1, deep = { a = array.from { 1.0, 2.0 } } }
  check.eq({ #objects, objects[1].path }, { 1, { "deep", "a" } })
  local params = packed_params.unpack(bytes, objects)
  check.eq({ params.n, params.deep.a:totable() }, { 1, { 1.0, 2.0 } })
end)

check.done()
