---@meta rille.http
-- Descriptions of `require "rille.http"` for editors; this file never runs.  Reference: rille help http.

---@class rille.HttpServer
---@field host string the address as numbers
---@field port integer
---@field url string
---@field connections integer how many there may be
local server = {}
---The next request; nil when none came in that time, or the process got a signal.
---@param seconds number? 1
---@return rille.HttpRequest?
function server:next(seconds) end
---Ends the time in which requests are refused, of starting = true; text (JSON) is the reply at the paths of live.
---@param text string?
function server:ready(text) end
---@return table<string, integer>
function server:stats() end
---Stops; what is there and what still comes at once is given to answer.
---@param seconds number? 10
---@param answer fun(request: rille.HttpRequest)?
function server:stop(seconds, answer) end

---@class rille.HttpRequest
---@field method string
---@field path string
---@field query table<string, string>
---@field headers table<string, string> names in lower case
---@field body string
local request = {}
---Replies, once; seconds since the request was there, nil when it has its reply.
---@param status integer
---@param headers table<string, string>?
---@param body string?
---@return number?
function request:respond(status, headers, body) end

---@class rille.HttpOptions
---@field host? string "127.0.0.1"
---@field port? integer 0: a free port
---@field threads? integer 4
---@field connections? integer 1024
---@field queue? integer 1024 requests that wait for next
---@field max_body? integer bytes; 64 MiB
---@field max_head? integer bytes; 32 KiB
---@field memory? integer bytes of all bodies together; 512 MiB
---@field timeout? number seconds for a body to arrive, and for a reply; 30
---@field idle? number seconds between requests; 60
---@field token? string
---@field open? string[] paths without the token
---@field starting? boolean refuses requests until server:ready()
---@field live? string[] paths that get 200 until then

---@class rille.http
local http = {}
---@param options rille.HttpOptions
---@return rille.HttpServer? server nil when the port is taken, or the host is not of this machine
---@return string? message
---@return integer? code
function http.listen(options) end

return http
