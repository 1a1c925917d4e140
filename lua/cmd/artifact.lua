-- rille artifact list | show | get | verify | tag | untag

local hash = require "rille.host.hash"
local history = require "rille.query.history"
local json = require "rille.json"
local listing = require "rille.query.listing"
local did_you_mean = require "rille.query.did_you_mean"
local export = require "rille.artifact.export"
local format = require "rille.base.format"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local value_parser = require "rille.script.value_parser"
local out = require "rille.show.out"
local suggest = require "rille.base.suggest"
local terminal = require "rille.base.terminal"

local command = {
  name = "artifact", order = 300, synopsis = "artifact list",
  summary = "list artifacts; also show, get, tag",
  usage = "artifact list [PREFIX] | show NAME | get NAME [-o PATH] [--as FORMAT] | verify [NAME] | tag NAME TAG... | "
    .. "untag NAME TAG...",
  takes = { "-", "artifact" },
  min = 1,
  words = { "list", "show", "get", "verify", "tag", "untag" },
  options = {
    ["-o"] = { value = "PATH", text = "write to this file or folder" },
    ["--as"] = { value = "FORMAT", words = export.FORMATS, text = "csv, json, jsonl, npy, sqlite or txt" },
    ["--table"] = { value = "NAME", text = "the table in a SQLite file" },
    ["--name"] = { value = "TEXT", text = "only names that contain this text" },
    ["--search"] = { value = "TEXT", text = "only artifacts that contain this text" },
    ["--type"] = { value = "TYPE", text = "only artifacts of this type" },
    ["--tag"] = { value = "TAG", list = true, text = "only versions with this tag" },
    ["--pipeline"] = { value = "PIPELINE", text = "only artifacts of this pipeline" },
    ["--since"] = { value = "TIME", text = "only artifacts created since" },
    ["--where"] = { value = "EXPR", text = "only artifacts that match an expression" },
    ["--sort"] = { value = "FIELD", text = "largest value of the field first" },
    ["--columns"] = { value = "FIELD,...", text = "show these fields as columns" },
    ["--versions"] = { text = "all versions, not only the newest" },
    ["--limit"] = { value = "N", text = "at most N artifacts" },
    ["--cursor"] = { value = "CURSOR", text = "the page that starts at CURSOR" },
  },
  help = [[
rille artifact list [PREFIX] [--name TEXT] [--search TEXT] [--type T] [--tag T]
                    [--pipeline P] [--since TIME] [--where EXPR] [--sort FIELD]
                    [--columns FIELD,...] [--versions] [--limit N] [--json]
rille artifact show NAME [--json]
rille artifact get NAME [-o PATH] [--as FORMAT] [--table NAME]
rille artifact verify [NAME] [--json]
rille artifact tag NAME TAG...
rille artifact untag NAME TAG...

Artifacts are the outputs of steps.  NAME is PIPELINE::STEP::OUTPUT (for the
newest version), the name set by the port, either of them with @3 (version 3),
@-2 (the last but one) or @TAG, or the beginning of a digest.  The newest
version is the output of the newest run, computed or cached (rille help
history).

  list     names that begin with PREFIX, each with its newest version (200)
  show     the same as rille show
  get      writes the value to standard output, or to the file PATH, in the
           format of --as or of PATH's extension: .csv .json .jsonl .npy
           .sqlite .txt.  Without either, a frame is written as CSV (on a
           terminal as a table), and other values in their stored form; a
           t.drift_report is also written as .html and .txt.  A
           t.string, t.bytes or t.file is written unchanged, where its bytes are
           what PATH's extension says; --as json makes JSON of text.  A t.dir,
           or a value of several members, is written to the folder PATH, with a
           SHA256SUMS for sha256sum -c.  The folder that PATH is in must exist.
           The PATH - is standard output.  A link is followed; a device or a
           named pipe is written, not replaced
  verify   checks every byte of NAME, or of all artifacts, against its digest
  tag      adds tags to the version; untag removes them.  The history of a
           version's tags is kept

  --as FORMAT      of get: csv json jsonl npy sqlite txt, and html of a
                   t.drift_report.  A frame supports all others:
                   .json is a list of records, .npy a structured array with
                   dates as datetime64[ms].  In JSON, missing numbers and dates
                   are null, and dates are ISO text.  An array becomes a CSV
                   with columns c1, c2, ...; lists and tables become .json, or
                   another format that can hold them
  --table NAME     of get: the table in a .sqlite (.db, .sqlite3) file; by
                   default it has the name of the output.  A file with other
                   tables is never replaced; a table of frames becomes a file
                   with a table for each
  --name TEXT      of list: names that contain TEXT
  --search TEXT    artifacts with TEXT in the name, type, preview, metadata or
                   tags
  --type T         artifacts of this type (rille types)
  --tag T          versions with this tag, not only the newest; repeatable
  --pipeline P     named P::..., or by a port of P; the newest that P had
  --since TIME     created since 2026-11-01, or in the last 90m, 12h, 2d, 3w
  --where EXPR     as in rille runs, of the fields name version type size
                   created tag; pipeline run stack params.NAME metric.NAME and
                   metric.STEP.NAME are those of the run that had the version
                   first: 'type = svm and metric.acc > 0.9'
  --sort FIELD     largest first; FIELD:asc smallest first
  --columns FIELD,...   show these fields
  --versions       all versions, not only the newest of each name
  --limit N        at most N; --cursor C: the page that starts at C
  --json           list: {"items":[{"id","name","version","type","size",
                   "digest","tags","created"}],"next":CURSOR}, with "values",
                   the fields that EXPR, FIELD and --columns name;
                   verify: {"members":N,"bad":[TEXT...]};
                   tag: {"name","version","changed","tags"}

Exit codes: 0 success; 2 usage; 3 no such artifact; 4 no store; 5 verify
or get found damage; rerunning the step repairs it.

  rille artifact tag digits::svc_trainer::model@3 best
  rille artifact get sales::summary::by_region -o by_region.csv
]],
}

local actions = {}

local function tags_of(row)
  local tags = {}
  for tag in (row.tags or ""):gmatch "[^,]+" do tags[#tags + 1] = tag end
  return tags
end

local function item_of(one, shown)
  local digest = one.digest and hash.hex(one.digest)
  return { name = one.name, version = one.version, type = one.type, size = one.size, digest = digest, id = digest,
    tags = json.array(tags_of(one)), created = one.created and format.iso(one.created) or json.null,
    values = shown[1] and require("rille.show.field_columns").values(one, shown) or nil }
end

local function print_list(list, shown)
  local rows, tagged = {}, nil
  local head = { "artifact", ">version", "type", ">size", "made" }
  for _, one in ipairs(list) do tagged = tagged or one.tags end
  if shown[1] then require("rille.show.field_columns").add_head(head, shown) end
  head[#head + 1] = tagged and "tags" or nil
  for i, one in ipairs(list) do
    local cells = { one.name, one.version, one.type or "", one.size and format.bytes(one.size) or "",
      one.created and format.time(one.created) or "" }
    if shown[1] then require("rille.show.field_columns").add_cells(cells, one, shown) end
    cells[#cells + 1] = tagged and { table.concat(tags_of(one), ", "), "yellow" } or nil
    rows[i] = cells
  end
  terminal.put(format.table(head, rows))
end

function actions.list(args)
  local columns = {}
  for name in (args.columns or ""):gmatch "[^,]+" do columns[#columns + 1] = name:match "^%s*(.-)%s*$" end
  local list, cursor, shown, tags = listing.artifacts { prefix = args[2], name = args.name, search = args.search,
    type = args.type, pipeline = args.pipeline, tag = args.tag, since = value_parser.since("--since", args.since),
    where = args.where, sort = args.sort, columns = columns, versions = args.versions,
    limit = value_parser.count("--limit", args.limit, 200), cursor = args.cursor }
  if global_options.json then
    local items = {}
    for i, one in ipairs(list) do items[i] = item_of(one, shown) end
    out.json { items = json.array(items), next = cursor or json.null }
    return 0
  end
  if shown[1] then require("rille.show.field_columns").warn_of_unknown(list, shown) end
  if not list[1] then
    require("rille.show.field_columns").warn_of_tags("artifact", args.tag or {}, tags)
    local unknown = args.pipeline and did_you_mean.pipeline(args.pipeline)
    if unknown then terminal.say("no runs of a pipeline named ", json.pack(args.pipeline), unknown, "\n") end
    terminal.say(args.cursor and "no more artifacts\n" or "no matching artifacts\n")
    return 0
  end
  print_list(list, shown)
  if cursor then
    out.line("%s", out.grey(string.format("next page: --cursor '%s'", cursor)))
  end
  return 0
end

local function find(name)
  return history.artifact_of(history.need_artifact(name))
end

function actions.show(args)
  find(args[2])
  return require("rille.cmd.show").run { args[2] }
end

function actions.get(args)
  require("rille.show.artifact_out").get(find(args[2]), args[2], args.o, args.as, args.table)
  return 0
end

local function verify_one(digest, bad)
  local artifact = project.meta:artifact(digest)
  if not artifact then return 0 end
  for _, one in ipairs(artifact.members) do
    local fine, message
    if one.bytes then fine, message = hash.sha256(one.bytes) == one.digest, "the bytes kept in the metadata are damaged"
    else fine, message = project.store:verify(one.digest, one.size) end
    if not fine then bad[#bad + 1] = hash.hex(digest):sub(1, 12) .. " " .. one.name .. ": " .. message end
  end
  return #artifact.members
end

function actions.verify(args)
  local bad, count = {}, 0
  if args[2] then count = verify_one(hash.unhex(find(args[2]).digest), bad)
  else
    for _, digest in ipairs(project.meta:artifact_digests()) do count = count + verify_one(digest, bad) end
  end
  if global_options.json then
    out.json { members = count, bad = json.array(bad) }
    return #bad > 0 and 5 or 0
  end
  for _, line in ipairs(bad) do terminal.put(format.in_colour("red", "bad"), "  ", line, "\n") end
  terminal.put(string.format("%s verified, %d bad\n", format.plural(count, "member"), #bad))
  return #bad > 0 and 5 or 0
end

local function change_tags(args, method, word)
  local artifact = find(args[2])
  local tags = table.move(args, 3, #args, 1, {})
  local changed = artifact[method](artifact, table.unpack(tags))
  local all = artifact.tags
  if global_options.json then
    out.json { name = artifact.name, version = artifact.version, changed = changed, tags = json.array(all) }
    return 0
  end
  terminal.put(string.format("%s version %d: %s %s%s\n", artifact.name, artifact.version, format.plural(changed, "tag"),
    word, all[1] and "; it has " .. table.concat(all, ", ") or ""))
  return 0
end

function actions.tag(args) return change_tags(args, "tag", "added") end
function actions.untag(args) return change_tags(args, "untag", "removed") end

local LEAST = { list = 1, show = 2, get = 2, verify = 1, tag = 3, untag = 3 }
local MOST = { list = 2, show = 2, get = 2, verify = 2, tag = math.huge, untag = math.huge }

local function usage() return "usage: rille " .. command.usage:gsub(" | ", "\n       rille artifact ") end

function command.run(args)
  local name = args[1]
  local action = actions[name]
  if not action then
    out.usage("artifact %s%s\n%s", name, suggest.hint(name, command.words), usage())
  end
  if #args < LEAST[name] or #args > MOST[name] then out.usage("%s", usage()) end
  project.need "read"
  return action(args)
end

return command
