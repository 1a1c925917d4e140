-- rille help null
return { order = 140, text = [[
null: the absence of a value in JSON, YAML, the command line and scripts

In a map   a null field is absent: json.decode '{"a": null}' is {}, so if c.a
           then works, and c is written back without the field.
In a list  null is rille.null, so the list keeps its length.  A text that is
           just null is rille.null, too.
rille.null is also json.null and yaml.null.  It prints as null and is written as
null, counts as true in a condition (test with v == rille.null), and equals only
itself, in every step, process and run.  A script may use it anywhere: in a
table, a list, metadata, or as the value of a t.any output; it is loaded as it
was saved.  It differs from nil, false and "null", in keys too.  A map in JSON
or YAML cannot have a null key, nor can a table have rille.null as a key.

Other libraries
  cjson.null, the light userdata NULL, is stored as null and comes back as
  rille.null: compare with that, and encode with rille.json, as cjson.encode
  does not know it.  The tables of dkjson.decode have a metatable with a
  __jsontype and no metamethod: they are plain data, and come back without it.
  A list or a map of a class, as of Penlight, is refused: return a plain list,
  { table.unpack(list) }, or define a materializer for the class.

Parameters
  null means the default; without one the parameter is missing, an error.
  --set a=null      the default in the code, even if the YAML file sets a
  a: null, a: ~     in a YAML file: as if the line were absent
  { a = rille.null }   in a call, :with or :run { params = ... }: not given
  --set a=          the empty string for a string parameter; otherwise an error
  An optional parameter: t.any_of { t.number, t.null } { default = rille.null }
  A string parameter takes the text literally, quotes included; for the string
  null write --set 'a="null"'.  A t.any parameter is read as YAML: 'a=""' is the
  empty string, a=~ is null.

Frames
  A column has no nulls: a missing value is NaN in floats, "" in strings, or an
  empty date (rille help frames).  frame.new turns rille.null in a list into a
  missing value; a field that a record lacks is missing too.  In a CSV an empty
  field is missing, and null is ordinary text.

JSON, YAML
  local json = require "rille.json"      rille help json
  local yaml = require "rille.yaml"      decode, encode, null
  Integers have 64 bits and are exact; a larger one is an error that says where:
  write it as a string, or with a decimal point.  Numbers beyond the range of
  floats and duplicate keys are errors.
]] }
