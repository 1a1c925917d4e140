-- rille stack list | describe
return require("rille.show.describe").command "stack"
