#!/bin/bash
# Starts the server from what the official image is told: the password is in NEO4J_AUTH=neo4j/PASSWORD, settings are in
# variables with _ for . and __ for _, such as NEO4J_server_memory_heap_max__size. `neo4j-admin …` runs that instead.
set -eu
conf=$NEO4J_CONF/neo4j.conf
{
  echo server.default_listen_address=0.0.0.0
  echo server.directories.data=/data
  echo server.directories.logs=/logs
  echo server.directories.import=/import
} > "$conf"
heap=()
for variable in "${!NEO4J_@}"; do
  [[ $variable =~ ^NEO4J_[a-z] ]] || continue
  setting=$(sed 's/^NEO4J_//; s/_/./g; s/\.\./_/g' <<< "$variable")
  case $setting in
    server.memory.heap.initial_size) heap+=("-Xms${!variable}") ;;
    server.memory.heap.max_size) heap+=("-Xmx${!variable}") ;;
  esac
  echo "$setting=${!variable}" >> "$conf"
  unset "$variable"
done
[ "${NEO4J_AUTH:-}" = none ] && echo dbms.security.auth_enabled=false >> "$conf"
chown -R neo4j: /data /logs "$NEO4J_CONF"

java=(java "${heap[@]}" -cp "$NEO4J_HOME/lib/*")
for package in java.nio java.io sun.nio.ch; do java+=("--add-opens=java.base/$package=ALL-UNNAMED"); done
as_neo4j=(setpriv --reuid neo4j --regid neo4j --clear-groups)
if [ "${1:-}" = neo4j-admin ]; then
  unset NEO4J_AUTH
  exec "${as_neo4j[@]}" "${java[@]}" org.neo4j.cli.AdminTool "${@:2}"
fi
if [[ ${NEO4J_AUTH:-} == neo4j/* ]]; then
  password=${NEO4J_AUTH#neo4j/}
  [ ${#password} -ge 8 ] || { echo "the password has fewer than 8 characters" >&2; exit 1; }
  # Refused where the data volume has users already: its password stays.
  "${as_neo4j[@]}" "${java[@]}" org.neo4j.cli.AdminTool dbms set-initial-password -- "$password" 2> /dev/null || true
fi
unset NEO4J_AUTH password
exec "${as_neo4j[@]}" "${java[@]}" "org.neo4j.server.$MAIN" --home-dir="$NEO4J_HOME" --config-dir="$NEO4J_CONF" --console-mode
