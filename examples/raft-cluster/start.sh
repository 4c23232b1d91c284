#!/usr/bin/env bash
# The cluster of conf/*.toml on this machine: one process per file, with logs/NAME.log and
# logs/NAME.pid. Every command is one of `caucus cluster`, whose exit codes it has; without a command
# it prints how it is used and exits with 1.
#
# Needs bash and a built repository (npm install && npm run build).
#   CAUCUS_CONF_DIR  the directory of the configuration files; default conf
#   CAUCUS_LOG_DIR   where logs and pid files go; default logs, beside conf
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
  cat <<EOF
Usage: $0 {start|stop|restart|status|logs|test|clean|clean-data|clean-all}

Commands:
  start [level]    Start all cluster nodes, with that level of logs
  stop             Stop all cluster nodes
  restart [level]  Stop and start all cluster nodes
  status           Show which nodes run
  logs <node>      Show the log of a node, and what is added to it
  test             Check all nodes, write a key, read it from all
  clean            Remove the log files, and nothing else
  clean-data       Remove the data of the nodes, once they are stopped
  clean-all        Remove data and logs

Examples:
  $0 start         # Start all nodes
  $0 status        # Which of them run
  $0 logs node1    # The log of node1
  $0 test          # Write on one, read from all
  $0 stop          # Stop all nodes
EOF
  exit 1
}

case "${1:-}" in
  start | stop | restart | status | logs | test | clean | clean-data | clean-all) ;;
  *) usage ;;
esac

if [[ ! -f $root/packages/cli/dist/src/main.js ]]; then
  echo "[ERROR] Binary $root/packages/cli/dist/src/main.js not found. Please run 'npm run build' first" >&2
  exit 1
fi

cd "$here" || exit 1
exec node "$root/packages/cli/bin/caucus.js" cluster "$@"
