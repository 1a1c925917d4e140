-- kernel: answers the messages of a Jupyter front end: cells are entries of a session of the prompt.
--
--     sockets (host/kernel/kernellib.h) -> a request -> busy, what HANDLERS has for its type, a reply, idle
--
-- A reply is { content of its own, status = "ok" }; every error of a request is in its reply.

local completing = require "rille.kernel.completing"
local execution = require "rille.kernel.execution"
local inspection = require "rille.kernel.inspection"
local internal_error = require "rille.base.internal_error"
local json = require "rille.json"
local kernel_sockets = require "rille.base.kernel_sockets"
local line_editor = require "rille.base.line_editor"
local past_cells = require "rille.kernel.past_cells"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local version = require "rille.base.version"

local kernel = {}

---@class Kernel
---@field sockets table
---@field cells Cells of execution.lua
---@field history PastCells
---@field stops boolean?

-- What the front end has to know of the language.
local INFO <const> = {
  status = "ok", protocol_version = "5.3", implementation = "rille", implementation_version = version,
  banner = "rille " .. version .. ", " .. _VERSION .. ".  ?NAME tells what NAME is, .help lists the commands.",
  debugger = false, help_links = json.array {},
  language_info = { name = "lua", version = _VERSION:match "[%d.]+", mimetype = "text/x-lua", file_extension = ".lua",
    pygments_lexer = "lua", codemirror_mode = "lua", nbconvert_exporter = "script" },
}

-- Requests -----------------------------------------------------------------------------------

---@type table<string, fun(self: Kernel, content: table, header: string, is_held: boolean): table?>
local HANDLERS <const> = {}

function HANDLERS.kernel_info_request() return INFO end

-- Cells that were sent before a cell failed do not run: they are held before the front end hears of the failure.
function HANDLERS.execute_request(self, content, header, is_held)
  if is_held then return { status = "aborted", execution_count = self.cells.session.count } end
  if type(content.code) ~= "string" then error("execute_request: expected code, found " .. type(content.code), 0) end
  local function publish(type, made)
    if type == "error" and content.stop_on_error ~= false then self.sockets:hold() end
    if type == "error" and content.silent then return end
    self.sockets:publish(type, header, json.encode(made))
  end
  self.sockets:parent(header)
  self.sockets:input(content.allow_stdin == true)
  return execution.run(self.cells, content, publish, self.history)
end

function HANDLERS.is_complete_request(_, content) return completing.is_complete(content.code or "") end

function HANDLERS.complete_request(self, content)
  return completing.matches(self.cells.session, content.code or "", content.cursor_pos or 0)
end

function HANDLERS.inspect_request(self, content)
  return inspection.of(self.cells, content.code or "", content.cursor_pos or 0, content.detail_level == 1)
end

function HANDLERS.history_request(self, content) return self.history:reply(content) end

-- There are no comms: one that a front end opens is closed.
function HANDLERS.comm_info_request() return { status = "ok", comms = {} } end

function HANDLERS.comm_open(self, content, header)
  self.sockets:publish("comm_close", header, json.encode { comm_id = content.comm_id, data = {} })
end

function HANDLERS.comm_msg() end

HANDLERS.comm_close = HANDLERS.comm_msg

function HANDLERS.shutdown_request(self, content)
  self.stops = true
  return { status = "ok", restart = content.restart == true }
end

-- A mistake of the front end, or of ours.
local function failed(err)
  local text = execution.clean(internal_error.is(err) and internal_error.report(err, version) or tostring(err))
  return { status = "error", ename = "KernelError", evalue = text, traceback = json.array { text } }
end

local function answer(self, type, header, content, is_held)
  local handler = HANDLERS[type]
  if not handler then return end
  local ok, reply = internal_error.call(function() return handler(self, json.decode(content), header, is_held) end)
  if not ok then reply = failed(reply) end
  if not type:find "_request$" then return end
  local name, text = type:gsub("_request$", "_reply"), json.encode(reply)
  self.sockets:reply(name, text)
  if self.stops then self.sockets:publish(name, header, text) end
end

local function status(self, header, state)
  self.sockets:publish("status", header, '{"execution_state":"' .. state .. '"}')
end

-- One request.  An interrupt that comes from now on is meant for it.
local function take(self, ...)
  local _, header = ...
  line_editor.guard()
  status(self, header, "busy")
  answer(self, ...)
  status(self, header, "idle")
  line_editor.release()
end

-- Life ---------------------------------------------------------------------------------------

-- Until the front end says stop, or is gone.
local function serve(self)
  while not self.stops do
    local channel, type, header, content, is_held = self.sockets:receive()
    if channel == "alone" then return end
    take(self, type, header, content, is_held)
  end
end

local function hex(bytes) return (bytes:gsub(".", function(c) return string.format("%02x", c:byte()) end)) end

---@param connection table what the front end wrote: ip, ports, key
---@param environment table the globals of the scripts
---@return integer? exit code
---@return string? message nothing was served
function kernel.serve(connection, environment)
  local options = { session = hex(assert(sys.random()):sub(1, 8)), info = json.encode(INFO),
    parent = math.tointeger(tonumber(os.getenv "JPY_PARENT_PID")) }
  for name, value in next, connection do options[name] = value end
  local sockets, message = kernel_sockets.open(options)
  if not sockets then return nil, message end
  terminal.say_on(1)
  local self = { sockets = sockets, cells = execution.new(environment), history = past_cells.new() }
  status(self, "{}", "starting")
  serve(self)
  sockets:close()
  return 0
end

return kernel
