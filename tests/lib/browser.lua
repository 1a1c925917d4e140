-- browser.lua -- a real browser, through WebDriver (chromedriver).
--
--   local b <close> = browser.open { width = 1280, height = 800, dark = true }    -- skips the test where there is none
--   b:go("file:///tmp/x.html")
--   b:js "return document.title"
--   b:click "#find"                               -- with the pointer; the element has to be in sight
--   b:keys("svc", browser.ENTER)                  -- to what has the focus
--   b:errors()                                    -- what the console has: errors of scripts, refused loads

local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

local browser = { ENTER = "\u{E007}", ESCAPE = "\u{E00C}", TAB = "\u{E004}", DOWN = "\u{E015}", UP = "\u{E013}",
  LEFT = "\u{E012}", RIGHT = "\u{E014}" }

local Browser = {}
Browser.__index = Browser

local function has(program) return os.execute("command -v " .. program .. " >/dev/null 2>&1") end

-- One exchange over a connection of its own.
local function exchange(port, method, path, body)
  local socket = assert(require("socket").connect("127.0.0.1", port))
  socket:settimeout(60)
  local text = body and json.encode(body) or ""
  assert(socket:send(string.format("%s %s HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n"
    .. "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, path, port, #text, text)))
  local length = 0
  repeat
    local line = assert(socket:receive "*l")
    length = tonumber(line:match "^[Cc]ontent%-[Ll]ength: *(%d+)") or length
  until line == ""
  local answer = json.decode(assert(socket:receive(length)))
  socket:close()
  return answer.value
end

function Browser:send(method, path, body)
  local value = exchange(self.port, method, "/session" .. (self.session and "/" .. self.session or "") .. path, body)
  if type(value) == "table" and value.error then error(value.error .. ": " .. tostring(value.message), 0) end
  return value
end

-- Starts the driver; its port is in its first lines.
local function start(dir)
  local log = dir.dir .. "/driver.log"
  dir:sh("exec setsid chromedriver --port=0 >driver.log 2>&1 & echo $! >driver.pid")
  for _ = 1, 200 do
    local port = (scratch.read(log) or ""):match "started successfully on port (%d+)"
    if port then return tonumber(port) end
    os.execute "sleep 0.05"
  end
  error("chromedriver does not start: " .. (scratch.read(log) or ""), 0)
end

function browser.open(options)
  options = options or {}
  if os.getenv "NO_BROWSER" then check.cannot "NO_BROWSER is set" end
  if not (has "chromium" and has "chromedriver") then check.cannot "there is no chromium-driver" end
  if not pcall(require, "socket") then check.cannot "there is no lua-socket" end
  local dir = scratch.new()
  local self = setmetatable({ dir = dir, port = start(dir) }, Browser)
  local args = { "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
    string.format("--window-size=%d,%d", options.width or 1280, options.height or 800),
    "--user-data-dir=" .. dir.dir .. "/profile" }
  if options.dark then args[#args + 1] = "--force-dark-mode" end
  local made = self:send("POST", "", { capabilities = { alwaysMatch = { browserName = "chrome",
    ["goog:loggingPrefs"] = { browser = "ALL" },
    ["goog:chromeOptions"] = { binary = "/usr/bin/chromium", args = json.array(args) } } } })
  self.session = made.sessionId
  return self
end

function Browser:go(url) self:send("POST", "/url", { url = url }) end

---@param script string the body of a function
function Browser:js(script, ...)
  return self:send("POST", "/execute/sync", { script = script, args = json.array { ... } })
end

-- Waits until the page has drawn what happened: what it is told of (a size, a hash) is heard before its next frame.
function Browser:drawn()
  self:send("POST", "/execute/async", { args = json.array {},
    script = "var done = arguments[0]; requestAnimationFrame(function () { requestAnimationFrame(done) })" })
end

-- Sets the window's size and waits until the page has it.
function Browser:resize(width, height)
  self:send("POST", "/window/rect", { width = width, height = height })
  for _ = 1, 200 do
    if self:js "return innerWidth" == width then return self:drawn() end
    os.execute "sleep 0.05"
  end
  error("the window is not " .. width .. " wide", 0)
end

local ELEMENT <const> = "element-6066-11e4-a52e-4f735466cecf"

function Browser:click(selector)
  local found = self:send("POST", "/element", { using = "css selector", value = selector })
  self:send("POST", "/element/" .. found[ELEMENT] .. "/click", json.object {})
end

-- Types texts; a key such as browser.ENTER is one.
function Browser:keys(...)
  local actions = {}
  for _, c in utf8.codes(table.concat { ... }) do
    actions[#actions + 1] = { type = "keyDown", value = utf8.char(c) }
    actions[#actions + 1] = { type = "keyUp", value = utf8.char(c) }
  end
  self:send("POST", "/actions", { actions = json.array { { type = "key", id = "keyboard",
    actions = json.array(actions) } } })
end

-- The messages of the console that are errors.
function Browser:errors()
  local list = {}
  for _, one in ipairs(self:send("POST", "/se/log", { type = "browser" })) do
    if one.level == "SEVERE" then list[#list + 1] = one.message end
  end
  return list
end

function Browser:__close()
  if self.session then pcall(self.send, self, "DELETE", "") end
  self.dir:sh "kill $(cat driver.pid) 2>/dev/null"
  self.dir:__close()
end

return browser
