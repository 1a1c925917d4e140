-- rille stack list | describe
return require("rille.describe").command "stack"
