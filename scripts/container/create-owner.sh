#!/bin/sh
# Run by the image of PostgreSQL on an empty data folder: the role that owns the schemas, no superuser, and its database.
# DATABASE_URL is postgres://ROLE:PASSWORD@HOST:PORT/DATABASE, with a password that needs no percent-encoding.
set -eu
rest=${DATABASE_URL#*://}
role=${rest%%:*}
rest=${rest#*:}
password=${rest%%@*}
rest=${rest#*/}
database=${rest%%\?*}
# On standard input, not as arguments, which others can read.
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname=postgres <<END
\\set role $role
\\set password $password
\\set database $database
create role :"role" login createrole password :'password';
create database :"database" owner :"role";
END
