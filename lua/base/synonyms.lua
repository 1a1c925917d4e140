-- synonyms: names from other tools for fields, types, flags and commands that have another
-- name here.  Loaded when a name is unknown.

local origin = require "rille.host.origin"

local synonyms = {}

-- words "first: word word ..." by line: each word stands for the first.
local function read(text)
  local map = {}
  for meant, words in text:gmatch "([^\n:]+):([^\n]*)" do
    for word in words:gmatch "%S+" do
      map[word] = map[word] or {}
      table.insert(map[word], (meant:match "^%s*(.-)%s*$"))
    end
  end
  return map
end

-- Fields of definitions and options; a word may stand for several, by where it is used.
local FIELDS = read [[
run: fn func function main body execute callback handler task action call code entrypoint work
define: fn func function main body run connect wire build graph flow
entrypoint: run fn func function main body
params: parameters args arguments kwargs options config settings hyperparameters parameter param values
inputs: input ins requires takes args arguments data
outputs: output outs returns result results produces
doc: description help docs comment docstring summary
cache: cached enable_cache no_cache use_cache memoize caching
retries: retry max_retries attempts tries
timeout: time_limit timelimit max_time
desc: descending ascending reverse decreasing
resources: cpu cpus mem memory gpu gpus ram
on_failure: on_error onerror error_hook catch
on_success: on_done then_ on_complete
command: cmd shell script sh exec bash program argv
env: environment environ vars
after: depends_on dependencies upstream needs requires
materializers: materializer serializer io_manager
run_name: name id title
jobs: workers parallel threads n_jobs processes max_workers
execution_mode: mode
tags: tag labels label
parameters: params param set args arguments values hyperparameters
enable_cache: cache cached caching use_cache
id: name
min: minimum lower ge
max: maximum upper le
gt: exclusive_minimum more_than
lt: exclusive_maximum less_than
default: default_value initial value
methods: functions
save: write dump serialize
load: read parse deserialize
separator: sep delim delimiter fieldsep
quote: quotechar quote_char quotes
escape: escapechar escape_char
skip: skiprows skip_rows skiplines
missing: na na_values nullstr null_values naStrings null nulls
types: dtype dtypes col_types column_types schema
dates: parse_dates dateformat date_format timestampformat
names: col_names column_names colnames
ragged: on_bad_lines ignore_errors fill null_padding
thousands: grouping_mark
rows: chunksize chunk_size batch_size
]]

local TYPES = read [[
number: float double real decimal numeric float32 float64 f32 f64
integer: int int8 int16 int32 int64 i32 i64 uint long short bigint
string: str text varchar char unicode
boolean: bool
table: dict map object hash json struct record mapping jsonb dictionary
frame: dataframe df pandas polars csv tabular
array: ndarray tensor numpy np
bytes: blob binary bytearray
secret: password passwd token credential credentials secret_str secretstr apikey api_key
file: path filepath filename
dir: folder directory
list: array_of sequence tuple set listof vector_of
any_of: union one_of oneof either
enum: choice choices literal
]]

-- Kinds of values that have no type of their own.
local ADVICE <const> = {
  ["nil"] = 'write t["nil"]', none = 'did you mean t["nil"]?', null = 'did you mean t["nil"]?',
    void = "for a step without outputs write outputs = {}",
  optional = 'write t.any_of { TYPE, t["nil"] }', nullable = 'write t.any_of { TYPE, t["nil"] }',
  datetime = "for a date use t.string, or a column of a t.frame",
  date = "for a date use t.string, or a column of a t.frame",
  timestamp = "for a time use t.number, or a column of a t.frame",
  model = "the type of a model is named after its library, such as t.svm or t.tree, or t.classifier",
  ["function"] = "a function is not data: capture it, or pass its name as a string",
  callable = "a function is not data: capture it, or pass its name as a string",
}

-- Flags of the command line.
local FLAGS = read [[
--set: --param --params --parameter --parameters -p --arg --var -D -P
--input: --inputs --in --data
--no-cache: --nocache --force --refresh --rerun --fresh
--config: --conf --yaml -c --settings
--name: --run-name --run_name
-j: --jobs --workers --parallel --threads
-k: --keep-going --continue
]]

-- Modules, and parts of rille, by the names that scripts give them.
local REQUIRE <const> = "local %s = require %q"
local GLOBALS <const> = { rille = REQUIRE:format("rille", "rille"), t = "local t = rille.types",
  types = "local types = rille.types", step = "local step = rille.step",
  pipeline = "local pipeline = rille.pipeline" }
for _, name in ipairs(origin.batteries()) do GLOBALS[name] = REQUIRE:format(name, "rille." .. name) end

-- Names that are no field of a definition, as they are given elsewhere.
local ORDER <const> = "set the order where the step is used: STEP:with { after = { NODE } } { ... }"
local ELSEWHERE <const> = { name = 'write the name before the table: %s "NAME" { ... }', after = ORDER,
  depends_on = ORDER, dependencies = ORDER, upstream = ORDER, needs = ORDER,
  requires = ORDER, id = 'give the id where the step is used: STEP:with { id = "ID" } { ... }' }

-- The field of those allowed that the name stands for, or nil.
---@param name any
---@param allowed table<string, any>
---@return string?
function synonyms.field(name, allowed)
  for _, meant in ipairs(FIELDS[name] or {}) do if allowed[meant] then return meant end end
end

-- A hint for a field that does not exist, or nil.
---@param what string whose field it is: 'step "train"'
---@param name any
---@param allowed table<string, any>
---@return string? "; did you mean ..."
function synonyms.hint(what, name, allowed)
  local meant, kind = synonyms.field(name, allowed), what:match '^(%l+) "[^"]*"$'
  if meant then return string.format('; did you mean "%s"?', meant) end
  if name == "steps" and kind == "pipeline" then
    return "; steps are called in define: define = function(p) second(first()) end"
  end
  if ELSEWHERE[name] and (kind == "step" or kind == "pipeline" and name == "name") then
    return "; " .. ELSEWHERE[name]:format(kind)
  end
end

-- The flag of the command that an unknown one stands for, or nil.
---@param flag string
---@param options table<string, any> those of the command
---@return string?
function synonyms.flag(flag, options)
  for _, meant in ipairs(FLAGS[flag] or {}) do if options[meant] then return meant end end
end

-- The message of require for a module of rille's that there is not: the nearest one in place of the paths.
local function missing_module(text)
  local first, name = text:match "^([^\n]*module 'rille%.([^']*)' not found):"
  if not first then return text end
  local names, seen = {}, {}
  for _, line in next, GLOBALS do
    local one = line:match 'require "rille%.([%w_]+)"'
    if one and not seen[one] then seen[one], names[#names + 1] = true, one end
  end
  return first .. require("rille.base.suggest").hint(name, names):gsub('you mean "', '%0rille.')
end

-- The message of Lua for a global, or a module, that does not exist, with how to require it.
---@param text string
---@return string
function synonyms.missing_global(text)
  local name = text:match "attempt to index a nil value %(global '([%a_][%w_]*)'%)$"
    or text:match "attempt to call a nil value %(global '([%a_][%w_]*)'%)$"
  if GLOBALS[name] then return text .. "; write " .. GLOBALS[name] .. " above" end
  return missing_module(text)
end

-- What to say of a type that there is not, or nil.
---@param name any
---@return string? "; did you mean ..."
function synonyms.type(name)
  local word = tostring(name):lower()
  if ADVICE[word] then return "; " .. ADVICE[word] end
  return TYPES[word] and string.format('; did you mean "%s"?', TYPES[word][1])
end

return synonyms
