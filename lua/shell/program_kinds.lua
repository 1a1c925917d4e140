-- program_kinds: kinds of programs, by what their words say of what they read.
--
--   wrappers      a program and its words stand behind their own words
--   shells        -c TEXT is a text for the shell
--   interpreters  a word may be code
--   opaque        they read or run more than their words name
--   listers       without a folder among their words they read the one they run in
--   options       words with which a program reads or tells more than its kind does
--   silent        their words are no files
-- A program in no table reads the files that its words name.

local program_kinds = {}

local function set(names)
  local t = {}
  for name in names:gmatch "%S+" do t[name] = true end
  return t
end

-- short: letters of options that a value follows, long: names of such; skip: words
-- before the program; sets: NAME=VALUE may stand there.
program_kinds.wrappers = {
  env = { short = "uCS", long = set "unset chdir split-string argv0 block-signal default-signal ignore-signal",
    sets = true },
  timeout = { short = "ks", long = set "kill-after signal", skip = 1 },
  nice = { short = "n", long = set "adjustment" },
  ionice = { short = "cnpPu", long = set "class classdata pid pgid uid" },
  chrt = { short = "TPDp", long = set "sched-runtime sched-period sched-deadline pid", skip = 1 },
  taskset = { short = "", long = {}, skip = 1 },
  stdbuf = { short = "ioe", long = set "input output error" },
  time = { short = "fo", long = set "format output" },
  nohup = {}, setsid = {}, chronic = {}, nocache = {}, eatmydata = {}, catchsegv = {}, unbuffer = {},
  setarch = { skip = 1 }, linux32 = {}, linux64 = {},
  exec = { short = "a", long = {} }, command = {}, builtin = {}, busybox = {}, toybox = {},
}

program_kinds.shells = set "sh bash rbash dash ash ksh mksh yash posh"

-- code: what the option that code follows looks like; value: letters of options
-- that another word follows.
local interpreters = {
  python = { code = "^%-[bBdEhiIOqsSuvVxP]*[cm]" }, perl = { code = "^%-[anlpiwWsS0]*[eEM]" },
    ruby = { code = "^%-[anlpwWs0]*[er]" },
  node = { code = "^%-[perl]" , long = "^%-%-[epri]" }, lua = { code = "^%-[el]" }, php = { code = "^%-[rBRE]" },
    R = { code = "^%-e" }, Rscript = { code = "^%-e" },
  julia = { code = "^%-[eEL]", long = "^%-%-[epl]" }, guile = { code = "^%-[cle]" }, tclsh = {}, wish = {},
    expect = { code = "^%-c" }, octave = { code = "^%-%-eval" }, zsh = { code = "^%-" },
  fish = { code = "^%-" }, csh = { code = "^%-" }, tcsh = { code = "^%-" }, gp = {}, ghc = { code = "^%-e" },
    osascript = { code = "^%-e" },
  scala = { code = "^%-e" }, groovy = { code = "^%-e" }, elixir = { code = "^%-e" }, erl = { code = "^%-" },
    deno = { code = "." }, bun = { code = "." },
  -- their code is a plain word
  duckdb = { code = "." }, sqlite = { code = "." },
  gnuplot = { code = "^%-e" }, matlab = { code = "^%-[br]" }, emacs = { code = "^%-" }, vim = { code = "^[-+]" },
  nvim = { code = "^[-+]" }, vi = { code = "^[-+]" },
  ex = { code = "^[-+]" }, clojure = { code = "^%-" }, clj = { code = "^%-" }, bb = { code = "^%-" },
  sbcl = { code = "^%-%-" }, racket = { code = "^%-" },
  ocaml = { code = "^%-" }, swipl = { code = "^%-" }, sage = { code = "^%-" }, gs = { code = "^%-c" },
  maxima = { code = "^%-" },
}
local ALIASES <const> = { pypy = "python", nodejs = "node", luajit = "lua", irb = "ruby", jruby = "ruby",
  texlua = "lua", Rterm = "R" }
program_kinds.awks = set "awk gawk mawk nawk original-awk"

-- The kind of an interpreter by its name, releases left out: python3.11, lua5.4.
function program_kinds.interpreter(name)
  local bare = name:match "^(%a+)[%d.]*$" or name
  return interpreters[bare] or interpreters[ALIASES[bare]]
end

local FEEDS <const> = "which gets names at run time"
local BUILDS <const> = "which runs what its own files specify"
local NETWORK <const> = "which reads from elsewhere"
local OTHER <const> = "which runs a program in another environment"
local VARIES <const> = "which differs each time"
local HOST <const> = "which depends on the machine"
local TIMES <const> = "which shows times, permissions or disk usage of files"
local NAMES <const> = "which reads the names of files from a file"

program_kinds.opaque = {}
for reason, names in pairs {
  [FEEDS] = "xargs parallel",
  [BUILDS] = [[
    make gmake bmake ninja samu cmake ctest meson bazel scons waf tup redo ant mvn gradle cargo rustup go npm npx
    yarn pnpm pip pip3 pipx uv poetry conda tox nox dotnet mix rake bundle gem stack cabal dune opam nix nix-build
    git hg svn bzr fossil dvc snakemake nextflow luarocks
  ]],
  [NETWORK] = [[
    curl wget ssh scp sftp rsync ftp nc ncat netcat socat telnet aws gsutil gcloud az kubectl psql mysql mongo
    redis-cli dig host nslookup ping
  ]],
  [OTHER] = [[
    sudo su doas runuser chroot unshare nsenter bwrap firejail docker podman systemd-run flock script screen tmux
    watch strace ltrace perf valgrind gdb lldb xvfb-run at batch crontab dbus-run-session entr inotifywait numactl
  ]],
  [VARIES] = [[
    jobs pstree date uuidgen mcookie mktemp tempfile shuf uptime ps top pgrep pidof free vmstat who w last df mount
    lsof fuser times cal ncal pwgen ssh-keygen
  ]],
  [TIMES] = [[
    stat vdir du pr zip cpio pax ar jar 7z 7za 7zr rar mksquashfs mkisofs genisoimage xorriso getfacl lsattr namei
  ]],
  [NAMES] = "patch",
  [HOST] = [[
    hostid sysctl lsblk users getconf ip ss netstat ifconfig lspci lsusb dmesg last lastlog hostname uname nproc
    arch lscpu id whoami logname groups tty getent locale
  ]],
} do
  for name in names:gmatch "%S+" do program_kinds.opaque[name] = reason end
end

-- Options with which a program that else is known tells or reads more: patterns of
-- its words, and what it does then.
local ARCHIVES <const> = "which stores file times in its output"
local CHECKS <const> = { { "^%-%a*c", NAMES }, { "^%-%-check", NAMES } }
local LISTS <const> = { { "^%-%-files0%-from", NAMES } }
local GZIP <const> = { without = "^%-%a*[ndlt]", plain = ARCHIVES }
program_kinds.options = {
  ls = { { "^%-%a*[lgnotcuisZ]", TIMES }, { "^%-%-[tifs]", TIMES }, { "^%-%-context", TIMES } },
  tree = { { "^%-%a*[pugshDtc]", TIMES }, { "^%-%-[tids]", TIMES } },
  diff = { { "^%-%a*[ucUC]", TIMES }, { "^%-%-unified", TIMES }, { "^%-%-context", TIMES } },
  tar = { { "^%-%a*[cruATXgNIF]", ARCHIVES }, { "^%-%-[caun]", ARCHIVES }, { "^%-%-files", NAMES },
  { "^%-%-exclude%-from", NAMES }, { "^%-%-to%-", ARCHIVES },
    first = { "^%a*[cruA]", ARCHIVES } },
  cp = { { "^%-%a*u", TIMES }, { "^%-%-update", TIMES } }, mv = { { "^%-%a*u", TIMES }, { "^%-%-update", TIMES } },
  sort = { { "^%-%-files0%-from", NAMES }, { "^%-%a*R", VARIES }, { "^%-%-random", VARIES },
  { "^%-%-sort=r", VARIES } }, wc = LISTS,
  md5sum = CHECKS, sha1sum = CHECKS, sha224sum = CHECKS, sha256sum = CHECKS, sha384sum = CHECKS, sha512sum = CHECKS,
  b2sum = CHECKS, shasum = CHECKS, cksum = CHECKS,
  jq = { { "%f[%w_]now%f[^%w_]", VARIES }, { "ENV", HOST }, { "%f[%w_]env%f[^%w_]", HOST },
  { "%f[%w_]import%f[^%w_]", NAMES }, { "%f[%w_]include%f[^%w_]", NAMES } },
  mlr = { { "systime", VARIES }, { "urand", VARIES }, { "system", NAMES }, { "exec", NAMES }, { "hostname", HOST } },
  -- without a value they tell what the process that started rille has
  umask = { without = "^[%du]", plain = HOST }, ulimit = { without = "^[%du]", plain = HOST },
  file = { { "^%-%a*f", NAMES }, { "^%-%-files%-from", NAMES } },
  gzip = GZIP, pigz = GZIP, openssl = { { "^rand$", VARIES }, { "^gen", VARIES }, { "^enc$", VARIES },
  { "^req$", VARIES } },
  find = { { "^%-f?ls$", TIMES }, { "^%-f?printf$", TIMES }, { "^%-perm$", TIMES }, { "^%-inum$", TIMES },
  { "^%-links$", TIMES }, { "^%-user$", TIMES },
    { "^%-group$", TIMES }, { "^%-[ug]id$", TIMES }, { "^%-no[ug]", TIMES }, { "^%-writable$", TIMES },
    { "^%-size$", TIMES } },
}

-- What the program does more than is known of its kind, or nil.
---@param name string
---@param given string[] its words that are known
---@return string?
function program_kinds.more(name, given)
  local options = program_kinds.options[name]
  if not options then return nil end
  local first = options.first
  if first and given[1] and given[1]:find(first[1]) then return first[2] end
  for _, text in ipairs(given) do
    for _, one in ipairs(options) do if text:find(one[1]) then return one[2] end end
    if options.without and (text:find(options.without) or text:find "^%-%-[dnlt]") then return nil end
  end
  return options.plain
end

-- The letters are those of options that a value follows; recursive: only with it.
program_kinds.listers = {
  ls = { short = "ITw" }, dir = { short = "ITw" }, tree = { short = "LPIHTo" },
  grep = { short = "efmABCdD", pattern = true, recursive = "^%-%w*[rR]" },
  egrep = { short = "efmABCdD", pattern = true, recursive = "^%-%w*[rR]" },
  fgrep = { short = "efmABCdD", pattern = true, recursive = "^%-%w*[rR]" },
  rg = { short = "efgtTmABC", pattern = true }, ag = { pattern = true }, ack = { pattern = true },
  fd = { pattern = true }, fdfind = { pattern = true },
}

program_kinds.silent = set [[
  echo printf : true false exit return break continue sleep seq expr basename dirname kill wait umask ulimit trap
  export readonly local declare typeset unset shift set read getopts let yes tr
]]

-- They print the folder that they run in.
program_kinds.show_folder = set "pwd realpath readlink"

-- Code ------------------------------------------------------------------------------

-- Does an awk program read what its words do not name?
---@param text string
function program_kinds.awk_reaches(text)
  local code = text:gsub('"[^"\\\n]*"', '""'):gsub('"[^"\n]*"', '""'):gsub("#[^\n]*", "")
  code = code:gsub("([~(,!&|{;\n]%s*)/[^/\n]*/", "%1"):gsub("^%s*/[^/\n]*/", ""):gsub("||", "")
  return code:find "getline" or code:find "system" or code:find "|" or code:find "ARG[VC]" or code:find "@"
    or code:find "time" or code:find "srand" or code:find "PROCINFO"
end

local SIMPLE <const> = "^[pPdDqQnNgGhHxlz=F]%s*%d*"

-- Where a command of sed with a delimiter ends: behind `n` of them.
local function after_delimiters(text, i, n)
  local mark = text:sub(i, i)
  if mark == "" or mark == "\n" or mark == "\\" then return nil end
  i = i + 1
  while n > 0 do
    local c = text:sub(i, i)
    if c == "" then return nil end
    if c == "\\" then i = i + 1
    elseif c == mark then n = n - 1
    elseif c == "[" and mark ~= "[" then
      -- the mark may stand in a set
      local close = text:match("^%[%^?%]?[^%]\n]*%]()", i)
      if close then i = close - 1 end
    end
    i = i + 1
  end
  return i
end

local function after_address(text, i)
  local c = text:sub(i, i)
  if c == "/" then
    local after = after_delimiters(text, i, 1)
    return after and text:match("^[IM]*()", after)
  elseif c == "\\" then return after_delimiters(text, i + 1, 1) end
  return text:match("^%d+~?%d*()", i) or text:match("^%$()", i) or text:match("^[+~]%d+()", i) or i
end

-- Does a script of sed read or run what its words do not name?  What is not
-- understood does.
---@param text string
function program_kinds.sed_reaches(text)
  local i = 1
  while true do
    i = text:match("^[%s;{}]*()", i)
    if i > #text then return false end
    i = after_address(text, i)
    if not i then return true end
    local comma = text:match("^%s*,%s*()", i)
    if comma then i = after_address(text, comma) end
    i = i and text:match("^[%s!]*()", i)
    local c = i and text:sub(i, i)
    if not c then return true end
    if c == "s" then
      i = after_delimiters(text, i + 1, 2)
      i = i and text:match("^[gpiIM%d]*()", i)
      if not i or not text:find("^%s*[;}\n]", i) and text:find("%S", i) then return true end
    elseif c == "y" then
      i = after_delimiters(text, i + 1, 2)
      if not i then return true end
    elseif c:find "[aic]" then i = (text:find("[^\\]\n", i) or #text) + 2
    elseif c:find "[bt:T]" then i = text:match("^[^;\n}]*()", i)
    elseif c == "#" then i = text:match("^[^\n]*()", i)
    elseif c == "{" or c == "}" then i = i + 1
    elseif text:find(SIMPLE, i) then i = select(2, text:find(SIMPLE, i)) + 1
    else return true end
  end
end

return program_kinds
