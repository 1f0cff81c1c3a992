#!/usr/bin/env bash
# Makes the databases of MLflow and Optuna with a user each, on a new PostgreSQL server. As the superuser:
#   MLFLOW_PASSWORD=... STUDY_PASSWORD=... infra/team/postgresql.sh      (compose.yaml calls it by itself)
# psql (14 or newer) reads the passwords itself, so that no command line shows them. The connection is psql's own business:
# PGHOST, PGPORT, PGUSER, PGPASSWORD.
set -euo pipefail
: "${MLFLOW_PASSWORD:?the password of MLflow}" "${STUDY_PASSWORD:?the password of the studies}"

PGUSER="${POSTGRES_USER:-${PGUSER:-postgres}}" psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --dbname=postgres <<'SQL'
\getenv mlflow MLFLOW_PASSWORD
\getenv study STUDY_PASSWORD
CREATE ROLE mlflow LOGIN PASSWORD :'mlflow';
CREATE ROLE crossprompt LOGIN PASSWORD :'study';
CREATE DATABASE mlflow OWNER mlflow;
CREATE DATABASE mlflow_logins OWNER mlflow;
CREATE DATABASE optuna OWNER crossprompt;
SQL
