-- rille.host.hash.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local hash = require "rille.host.hash"

check.test("sha256 and hex agree with FIPS 180", function()
  check.eq(hash.hex(hash.sha256 "abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  check.eq(hash.unhex(hash.hex(hash.sha256 "x")), hash.sha256 "x")
end)

check.test("hex that is no digest gives nil, a short digest is misuse", function()
  check.eq(hash.unhex "abc", nil)
  check.eq(hash.unhex(string.rep("G", 64)), nil)
  check.raises(function() hash.hex "short" end, "a digest must have 32 bytes")
end)

check.test("fields are tagged and length-prefixed", function()
  check.ok(hash.fields("a", "bc", "b", "d") ~= hash.fields("a", "b", "b", "cd"))
  check.ok(hash.fields("a", "b") ~= hash.fields("b", "b"))
  check.eq(hash.fields("a", "b"), hash.fields("a", "b"))
  check.raises(function() hash.fields("a") end, "a tag without bytes")
  check.raises(function() hash.fields("ab", "x") end, "a tag must be one character")
end)

check.test("the digest of a file is that of its bytes, and what is no file is a message", function()
  local path = os.tmpname()
  for _, bytes in ipairs { "", "abc", ("x"):rep(200001) } do
    local f = assert(io.open(path, "wb"))
    f:write(bytes)
    f:close()
    check.ok(hash.file(path) == hash.sha256(bytes), #bytes)
  end
  os.remove(path)
  local digest, message, code = hash.file(path)
  check.eq({ digest, message, code }, { nil, path .. ": No such file or directory", -4 })
  check.eq((hash.file "/tmp"), nil)
end)

check.test("crc32c is masked as in event files", function()
  check.eq(hash.crc32c "123456789", 0xc78ab0e5)
end)

check.test("hmac is HMAC-SHA256 (RFC 4231, cases 2 and 6)", function()
  check.eq(hash.hex(hash.hmac("Jefe", "what do ya want for nothing?")),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
  check.eq(hash.hex(hash.hmac(("\xaa"):rep(131), "Test Using Larger Than Block-Size Key - Hash Key First")),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
end)

check.done()
