#!/usr/bin/env bash
# Makes sure that database servers are installed, for the tests that start them: postgresql, mariadb. Does nothing if they are.
set -euo pipefail

there() {
    case "$1" in
        postgresql) compgen -G "/usr/lib/postgresql/*/bin/postgres" >/dev/null || command -v postgres >/dev/null 2>&1 ;;
        mariadb) command -v mariadbd >/dev/null 2>&1 || [ -x /usr/sbin/mariadbd ] ;;
        *) echo "databases: no such server: $1" >&2; exit 2 ;;
    esac
}

packages=()
for server in "$@"; do
    if there "$server"; then continue; fi
    case "$server" in
        postgresql) packages+=(postgresql) ;;
        mariadb) packages+=(mariadb-server) ;;
    esac
done
if [ "${#packages[@]}" -eq 0 ]; then exit 0; fi

explain="The database tests start servers of their own and need: ${packages[*]} (Debian: apt-get install ${packages[*]}). Install them and run again."
if ! command -v apt-get >/dev/null 2>&1; then echo "$explain" >&2; exit 1; fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root=(sudo -n); else echo "$explain" >&2; exit 1; fi
fi

echo "databases: installing Debian's ${packages[*]}"
export DEBIAN_FRONTEND=noninteractive
# The packages would set up a server for the whole machine and start it; only the programs are wanted.
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    "${as_root[@]}" mkdir -p /etc/postgresql-common
    echo "create_main_cluster = false" | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
"${as_root[@]}" apt-get update -qq </dev/null
"${as_root[@]}" env RUNLEVEL=1 apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold "${packages[@]}" </dev/null >/dev/null
for server in "$@"; do
    if ! there "$server"; then echo "$explain" >&2; exit 1; fi
done
