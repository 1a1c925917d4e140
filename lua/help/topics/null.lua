-- rille help null
return { order = 140, text = [[
null: what no value is, in JSON, YAML, on the command line and in scripts

In a map   a field that is null is an absent field: json.decode '{"a": null}' is
           {}, so  if c.a then  works, and c is written back without it.
In a list  a null is rille.null, so the list keeps its length.  As the whole of
           a text it is rille.null, too.
rille.null is also json.null and yaml.null.  It prints as null, is true in a
condition (test with v == rille.null), is equal to itself alone, in every step,
process and run, and is written as null.  A script may put it where it likes: in
a table, a list, metadata, or as all that a t.any output gives; it comes back as
it went.  It is neither nil nor false nor "null", in keys either.  Maps of JSON
and YAML have no null keys, nor tables rille.null as a key.

Parameters
  null means the default; without one the parameter is missing, an error.
  --set a=null      the default in the code, whatever the YAML file says
  a: null, a: ~     in a YAML file: as if it were not written
  { a = rille.null }   in a call, :with or :run { params = ... }: not given
  --set a=          the empty string where the parameter takes a string; for
                    others an error
  An optional one: t.any_of { t.number, t.null } { default = rille.null }
  A parameter that takes a string takes the text as it is, quotes too; the
  string null is --set 'a="null"'.  One of t.any reads YAML: 'a=""' is the empty
  string, a=~ is null.

Frames
  A column has no null: missing is NaN in floats, "" in strings, and a date
  without value (rille help frames).  frame.new takes rille.null in a list as
  that, and a record without a field has it missing.  In a CSV an empty field is
  missing, null is a text.

JSON, YAML
  local json = require "rille.json"      decode, encode, null, array, object
  local yaml = require "rille.yaml"      decode, encode, null
  Integers are of 64 bits and exact; a larger one is an error that says where:
  write it as a string, or with a point.  A number past the floats is an error.
  A key that is written twice is an error.
]] }
