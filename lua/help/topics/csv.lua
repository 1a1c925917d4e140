-- rille help csv
return { order = 130, text = [[
CSV: local csv = require "rille.csv"

  csv.read "data/x.csv"
  csv.read("data/x.csv", { types = { id = "string" }, missing = "NA" })
  csv.write(f, "out.csv")
  csv.decode(text)   csv.encode(f)
  for f in csv.chunks("data/large.csv", { rows = 100000 }) do ... end

Options of read, decode and chunks for files as they are found:
  separator = ";"        else , ; tab or |, the one by which the first records
                         have the same number of fields; a line sep=; says it
  header = false         the first line is data; columns are column_1, ...
                         A header of values alone is an error unless header
                         is given, and so is one with values that names replaces
  names = { "a", "b" }   names the columns, instead of the header's names
  duplicates = "number"  a second column named a is a_2 (else an error)
  missing = { "NA" }     fields without a value, besides empty ones
  types = { id = "string" }   integer, number, boolean, date, string
  dates = "%d.%m.%Y"     dates written so; { day = "%m/%d/%y" } in one column.
                         A date of another order is an error
                         %Y %y %m %d %b %B %H %M %S %f %z; %f drops
                         digits past the millisecond
  decimal = ","  thousands = "."    numbers such as 1.234,50
  skip = 4               lines before the header, or before the data
  quote = "'"            around fields, instead of "; quote = "" is none
  escape = "\\"          before a quote or separator that is text
  comment = "#"          leaves out lines that begin with it
  ragged = "pad"         reads missing values at the end of a short record, and
                         passes over empty fields at the end of a long one;
                         "skip" leaves out records of another length
  encoding = "latin-1"   windows-1252, utf-16, utf-16le, utf-16be; "bytes"
                         keeps all bytes.  UTF-8 unless UTF-16 marks itself;
                         a byte that is not UTF-8 is an error with its line
On the command line options follow the path: --input
'sales=x.csv?decimal=,&thousands=.&types.id=string'; missing=NA&missing=- for
two.  A gzip or zstd file is unpacked, whatever its name.  An empty name in the
header becomes column_N.  An error names the option that reads the file; so does
f:to_matrix() where a column is text for "NA" or decimal commas alone.

A column becomes the first of these that holds all of its fields:
  integer    64 bits, as an i64 array; with missing fields it is of numbers
  number     f64; a missing one is NaN.  Also inf, -inf, infinity, nan, in any
             case; no hexadecimal, no 1_000
  boolean    true, True, TRUE and the same of false; none missing
  date       2026-11-22 or 2026-11-22T10:30:00, to the millisecond; rille help
             frames.  With more digits strings, unless types says date: that
             drops them
  string     a list of strings; a missing one is ""
Digits after a leading 0 ("007") are strings.  types says what a column is where
that guess is wrong.  An empty field is missing, and so is one that missing
names; null is a text as others.  Blanks around numbers do not count.

Nothing is rounded that is not a fraction.  A number (f64) holds integers to
2^53 = 9007199254740992, and some past it.  Where a column of numbers has an
integer that it does not hold (beside a missing field or a fraction, or past 64
bits), or a number past the floats (1e400), the column is of strings:
  types = { id = "string" }    says so, whatever the data
  types = { id = "number" }    rounds
  types = { id = "integer" }   is an error where the column would round
The same holds for joins and for frames that are put together: integers become
strings where missing values would round them, and an error tells of floats.

Every chunk has the column types of the first; what does not fit them is an
error that says which to name in types.  With ragged = "skip" a chunk may have
fewer rows.

A file of another kind is refused by what it looks like: workbooks, Parquet,
Arrow, SQLite, HDF5, Stata, SPSS, ARFF, .npy, PDF, RTF, images, archives and
compressed files of other kinds, UTF-32, HTML, XML, JSON, zero bytes outside of
quotes, blanks alone.  Lines end in LF, CRLF or CR; where it is CR, a CR in
quotes is read as LF.

A step in another language (rille help programs) gets a frame as a CSV in which
strings that look like something else, as "1", "true" or "", are in quotes.  Its
output is read as any CSV, but where it kept those quotes, columns of strings in
the step's input frames stay columns of strings.  In csv.read quotes say nothing
about the type.
]] }
