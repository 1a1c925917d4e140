-- version: the version of rille.

return "0.1.0"
