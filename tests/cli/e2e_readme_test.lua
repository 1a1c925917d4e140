-- Walked as its user: rille is installed into an empty root folder with a shell, curl and nothing else, makes the
-- project there, and every command of the project's README.md runs, from the first training to an answer by HTTP.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local quoted = scratch.quoted
local PROGRAMS <const> = "sh cat head env mkdir curl"

-- The commands of the blocks marked as sh, in order.
local function commands_of(readme)
  local blocks = {}
  for block in readme:gmatch "\n```sh\n(.-)```\n" do blocks[#blocks + 1] = block end
  return table.concat(blocks), #blocks
end

-- A folder with what `make install` writes, the programs, and the libraries of both.
local function make_root(p)
  local r = p:sh(string.format([[
make -s -o all -C %s B=%s DESTDIR=$PWD/root PREFIX=/usr/local install
cd root && mkdir -p bin dev proc tmp work
for one in %s; do cp -L "$(command -v $one)" bin/ || exit 9; done
for one in bin/* usr/local/bin/rille usr/local/lib/rille/*.so; do ldd $one 2>&1; done | grep -o '/[^ :]*' | sort -u |
  while read -r one; do mkdir -p ".$(dirname "$one")" && cp -L "$one" ".$one"; done]], quoted(paths.root),
    quoted(paths.build), PROGRAMS))
  if r.code == 9 then check.cannot "curl is not installed" end
  check.eq(r.code, 0, r.err)
end

-- Runs a text of sh in the root folder, in namespaces of its own: what it leaves running ends with it.
local function inside(p, text)
  p:write("root/work/commands.sh", text)
  return p:sh [[
unshare -r -m -p -f sh -c '
  mount -t proc proc root/proc 2>/dev/null || mount --rbind /proc root/proc
  mount --rbind /dev root/dev
  exec chroot root /bin/env -i PATH=/usr/local/bin:/bin HOME=/work sh -c "cd /work && sh -e commands.sh"']]
end

check.test("every command of the generated README runs in an empty root folder, and the model answers", function()
  if paths.build:find "asan" then check.cannot "programs with sanitizers need more than their own libraries" end
  local p <close> = scratch.new()
  if p:sh("mkdir -p root/proc root/dev && unshare -r -m -p -f mount --rbind /dev root/dev").code ~= 0 then
    check.cannot "there are no namespaces for users here (unshare)"
  end
  make_root(p)
  local made = inside(p, "rille init e2e --template e2e_batch --template-with-defaults")
  check.eq(made.code, 0, made.err)
  local commands, blocks = commands_of(p:read "root/work/e2e/README.md")
  check.ok(blocks >= 5, blocks)
  local r = inside(p, "cd e2e\n" .. commands)
  check.eq(r.code, 0, r.err .. r.out)
  check.has(r.out, '{"predictions":[0,0]')
  check.has(r.out, "row,predicted,probability_0,probability_1\n")
end)

check.done()
