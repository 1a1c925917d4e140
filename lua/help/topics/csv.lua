-- rille help csv
return { order = 130, text = [[
CSV: local csv = require "rille.csv"

  csv.read "data/x.csv"
  csv.read("data/x.csv", { types = { id = "string" }, missing = "NA" })
  csv.write(f, "out.csv")   csv.write(f, "out.csv", { separator = ";" })
  csv.decode(text)   csv.encode(f)
  for f in csv.chunks("data/large.csv", { rows = 100000 }) do ... end

Options of read, decode and chunks for files in other formats:
  separator = ";"        default: whichever of , ; tab and | splits the first
                         records into equal numbers of fields, or a line sep=;
  header = false         the first line is data; columns are column_1, ...
                         A header that looks like data is an error unless header
                         is set, as is one that names would replace
  names = { "a", "b" }   column names to use instead of the header's
  duplicates = "number"  renames a second column a to a_2 (else an error)
  missing = { "NA" }     texts that mean a missing value, besides empty fields
  types = { id = "string" }   integer, number, boolean, date, string
  dates = "%d.%m.%Y"     the format of dates; { day = "%m/%d/%y" } for a column;
                         a date in another order is an error
                         %Y %y %m %d %b %B %H %M %S %f %z; %f drops
                         digits beyond milliseconds
  decimal = ","  thousands = "."    numbers such as 1.234,50
  skip = 4               lines before the header, or before the data
  quote = "'"            the quote around fields, instead of "; "" means none
  escape = "\\"          precedes a quote or separator that is text
  comment = "#"          ignores lines that begin with #
  ragged = "pad"         fills short records with missing values, and drops
                         empty fields at the end of long ones; "skip" drops
                         records of the wrong length
  encoding = "latin-1"   windows-1252, utf-16, utf-16le, utf-16be; "bytes"
                         keeps all bytes.  The default is UTF-8, or UTF-16 with
                         a byte order mark; bytes that are not UTF-8 are an
                         error with the line
On the command line, options follow the path: --input
'sales=x.csv?decimal=,&thousands=.&types.id=string'; repeat one for several
values: missing=NA&missing=-.  gzip and zstd files are unpacked, whatever their
names.  separator=tab or separator=\t is a tab.  An empty name in the header
becomes column_N.  Errors name the option that would read the file.  If a column
is text only because of "NA" or decimal commas, a line below the printed frame
names the option, and so does f:to_matrix().

A column gets the first of these types that holds all its fields:
  integer    64 bits, as an i64 array; with missing fields, number
  number     f64; a missing one is NaN.  Also inf, -inf, infinity, nan, in any
             case; no hexadecimal, no 1_000
  boolean    true, True, TRUE and the same of false; none missing
  date       2026-11-22 or 2026-11-22T10:30:00, to the millisecond (rille help
             frames).  Values with more digits are strings, unless types sets
             date, which drops the extra digits
  string     a list of strings; a missing one is ""
Digits with a leading 0 ("007") are strings.  If the guess is wrong, set the
type with types.  A field is missing if it is empty or listed in missing; null
is ordinary text.  Spaces around numbers are ignored.

Integers are never rounded silently.  A number (f64) holds all integers up to
2^53 = 9007199254740992, and some beyond.  If a column of numbers has an integer
(9007199254740993 or 9007199254740993.0) that f64 cannot hold (next to missing
fields or fractions, or beyond 64 bits), or a number beyond the range of floats
(1e400), the column becomes strings:
  types = { id = "string" }    always reads strings
  types = { id = "number" }    rounds
  types = { id = "integer" }   is an error if the column would need rounding
Joining and concatenating frames follow the same rule: integers become strings
where missing values would round them, and where floats would, it is an error.

Every chunk has the column types of the first chunk; a value that does not fit
is an error that names the type to set in types.  With ragged = "skip" a chunk
may have fewer rows.

Files of other kinds are refused, and the error names the kind: workbooks,
Parquet, Arrow, SQLite, HDF5, Stata, SPSS, ARFF, .npy, PDF, RTF, images,
archives, other compressed files, UTF-32, HTML, XML, JSON, zero bytes outside
quotes, or nothing but spaces.  Lines end in LF, CRLF or CR; in a file with CR,
a CR inside quotes is read as LF.

A step in another language (rille help programs) receives a frame as CSV;
strings that look like another type, such as "1", "true" or "", are quoted.  The
step's output is read like any CSV, except that columns that are strings in the
step's input frames remain strings if the program kept the quotes.  In csv.read,
quotes do not affect the type.
]] }
