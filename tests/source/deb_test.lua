-- make deb, with what was built for the tests in place of a build of its own: the packages have what they should, and
-- lintian finds nothing.  make deb-check builds them, and installs them in a fresh Debian.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local function lacks(tool) return not os.execute("command -v " .. tool .. " >/dev/null") end

local function needs(...)
  for _, tool in ipairs { ... } do
    if lacks(tool) then check.cannot(tool .. " is not installed") end
  end
  if (os.getenv "B" or ""):find "asan" then check.cannot "the packages are not made of programs with sanitizers" end
end

local project <close> = scratch.new()
local made

-- The folder of the packages, made once.
local function packages()
  needs("dpkg-deb", "dpkg-shlibdeps", "dpkg-buildflags", "fakeroot")
  made = made or project:sh((
    "cd %s && DEBFULLNAME=Someone DEBEMAIL=someone@example.org "
    .. "DEVDEBS='liblua5.4-dev zlib1g-dev' BUILT=%s OUT=%s sh .packaging/deb"):format(scratch.quoted(paths.root),
      scratch.quoted(paths.build),
      scratch.quoted(project.dir)))
  check.eq(made.code, 0, made.err)
  return project.dir
end

local function field(package, name)
  return (project:sh(("dpkg-deb -f %s_*.deb %s"):format(package, name)).out:gsub("\n$", ""))
end

local function contents(package)
  return project:sh(("dpkg-deb -c %s_*.deb | awk '{ print $1, $2, $6 }'"):format(package)).out
end

check.test("rille has the program, its batteries, the page, completions, stubs and the licence", function()
  packages()
  local files = contents "rille"
  for _, name in ipairs { "bin/rille", "lib/rille/svm.so", "share/man/man1/rille.1.gz",
    "share/bash-completion/completions/rille", "share/zsh/vendor-completions/_rille",
    "share/fish/vendor_completions.d/rille.fish", "share/rille/library/rille.lua", "share/doc/rille/copyright",
    "share/doc/rille/changelog.gz" } do
    check.has(files, " root/root ./usr/" .. name .. "\n")
  end
  check.eq(files:find "LICENSE", nil, "the copyright file has it")
  check.has(field("rille", "Depends"), "libsvm3")
  check.eq(field("rille", "Maintainer"), "Someone <someone@example.org>")
end)

local LIBDIR <const> = "usr/lib/" .. (project:sh("dpkg-architecture -qDEB_HOST_MULTIARCH").out:gsub("\n$", "")) .. "/"

check.test("librille0 has the shared library, and tells packages that are linked with it its name", function()
  packages()
  local files = contents "librille0"
  check.has(files, " root/root ./" .. LIBDIR .. "librille.so.0.1.0\n")
  check.has(files, " root/root ./" .. LIBDIR .. "librille.so.0\n")
  check.eq(files:find "librille%.so\n", nil, "only programs that are built need it")
  check.eq(project:sh("dpkg-deb -I librille0_*.deb shlibs triggers").out,
    "librille 0 librille0 (>= 0.1.0)\nactivate-noawait ldconfig\n")
  check.has(field("librille0", "Depends"), "liblua5.4-0")
end)

check.test("librille-dev has headers, the archive and rille.pc, and depends on what they need", function()
  packages()
  local files = contents "librille-dev"
  for _, name in ipairs { "usr/include/rille.h", "usr/include/rille_lua.h", LIBDIR .. "librille.a",
    LIBDIR .. "librille.so", LIBDIR .. "pkgconfig/rille.pc" } do
    check.has(files, " ./" .. name .. "\n")
  end
  local pc = project:read("librille-dev/" .. LIBDIR .. "pkgconfig/rille.pc")
  check.has(pc, "libdir=${prefix}/" .. LIBDIR:sub(5, -2) .. "\n")
  check.eq(field("librille-dev", "Depends"), "librille0 (= 0.1.0), liblua5.4-dev, zlib1g-dev")
end)

check.test("the copyright file has Debian's format, the licence and what the program uses", function()
  packages()
  local text = project:read "rille/usr/share/doc/rille/copyright"
  local line = assert(scratch.read(paths.root .. "/.packaging/LICENSE"):match "\nCopyright %(c%) ([^\n]+)\n")
  check.eq(text:match "^Format: (%S+)", "https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/")
  check.has(text, "\nFiles: *\nCopyright: " .. line .. "\nLicense: Expat\n\nLicense: Expat\n Permission is hereby")
  check.has(text, "\n .\n The above copyright notice")
  check.eq(text:match "[^\n]+\n$", " SOFTWARE.\n")
  check.has(text, "nettle (LGPL-3+ or GPL-2+)")
end)

-- Of a build for Debian alone: make deb links shared libraries and hardens.
local BUILT_FOR_TESTS <const> = "embedded-library,hardening-no-fortify-functions,hardening-no-bindnow,"
  .. "hardening-no-pie,hardening-no-relro"

check.test("lintian finds nothing", function()
  needs "lintian"
  packages()
  local r = project:sh("lintian --allow-root --fail-on error,warning --suppress-tags " .. BUILT_FOR_TESTS .. " *.deb")
  check.eq({ r.code, r.out }, { 0, "" }, r.err)
end)

check.done()
