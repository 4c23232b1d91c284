#!/usr/bin/env bash
# Five nodes of the gossip key-value store on this machine: starts them, prints lines to try, and
# stops them all when Enter is pressed (or input ends, or Ctrl+C).
#
# Needs bash, curl for the lines to try, and Node.js. Builds the repository unless told otherwise.
#   PORTS        ports on 127.0.0.1, the first is the seed; default "10001 10002 10003 10004 10005"
#   WORK_DIR     where node_PORT.log and the pid files go; default this folder
#   START_DELAY  seconds between two starts; default 1
#   SKIP_BUILD   1: the repository is built already
# Further arguments are given to every node, such as --phi_threshold 4.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
caucus="$root/packages/cli/bin/caucus.js"
work_dir=${WORK_DIR:-$here}
read -r -a ports <<<"${PORTS:-10001 10002 10003 10004 10005}"
options=()
pids=()

fail() {
  echo "run-servers.sh: $*" >&2
  exit 1
}

# add_default NAME VALUE [ARGUMENT…]: an option for every node, unless the arguments have it.
add_default() {
  local name=$1 value=$2 argument
  shift 2
  for argument in "$@"; do
    [[ ${argument//-/_} != __"$name"* ]] || return 0
  done
  options+=("--$name" "$value")
}

# Whether the process is one of ours: a pid may belong to somebody else by now.
is_node() {
  [[ $(ps -p "$1" -o args= 2>/dev/null) == *"caucus.js node"* ]]
}

# stop_processes PID…: asks all of them, waits up to 10 s, then kills the rest.
stop_processes() {
  local pid
  for pid in "$@"; do
    if is_node "$pid"; then kill -TERM "$pid" 2>/dev/null; fi
  done
  for pid in "$@"; do
    for _ in {1..100}; do
      is_node "$pid" || continue 2
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null
  done
}

# Ends what this run started, however it ends.
clean_up() {
  local status=$? index file
  trap - EXIT
  stop_processes ${pids[@]+"${pids[@]}"}
  # By now another run may have taken the ports over.
  for index in ${pids[@]+"${!pids[@]}"}; do
    file="$work_dir/node_${ports[index]}.pid"
    [[ ! -f $file || $(<"$file") != "${pids[index]}" ]] || rm -f "$file"
  done
  exit "$status"
}

# Existing instances are those of an earlier run's pid files, nothing else.
stop_existing() {
  local port old existing=()
  for port in "${ports[@]}"; do
    [[ -f $work_dir/node_$port.pid ]] || continue
    old=$(<"$work_dir/node_$port.pid")
    if [[ $old =~ ^[0-9]+$ ]] && is_node "$old"; then
      echo "Stopping the node of an earlier run: process $old"
      existing+=("$old")
    fi
    rm -f "$work_dir/node_$port.pid"
  done
  stop_processes ${existing[@]+"${existing[@]}"}
}

# Dead nodes are soon forgotten, as fits a demonstration.
add_default dead_node_grace_ms 10000 "$@"
add_default marked_for_deletion_grace_ms 60000 "$@"

((${#ports[@]} == 5)) || fail "PORTS has ${#ports[@]} ports, allowed are 5"
for port in "${ports[@]}"; do
  [[ $port =~ ^[1-9][0-9]{0,4}$ ]] && ((port <= 65535)) ||
    fail "PORTS has \"$port\", allowed are ports from 1 to 65535"
done

stop_existing

echo "Building project in release mode..."
if [[ ${SKIP_BUILD:-0} != 1 ]]; then
  (cd "$root" && npm run --silent build) || fail "the build has failed"
fi
[[ -f $root/packages/cli/dist/src/main.js ]] || fail "not built yet; run npm run build first"

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

echo "Starting chitchat nodes..."
seed="127.0.0.1:${ports[0]}"
for port in "${ports[@]}"; do
  ((${#pids[@]} == 0)) || sleep "${START_DELAY:-1}"
  address="127.0.0.1:$port"
  echo "Starting node on $address"
  arguments=(--listen_addr "$address" --node_id "node_$port" "${options[@]}")
  [[ $address == "$seed" ]] || arguments+=(--seed "$seed")
  node "$caucus" node "${arguments[@]}" "$@" >"$work_dir/node_$port.log" 2>&1 </dev/null &
  pids+=("$!")
  echo "$!" >"$work_dir/node_$port.pid"
done

for index in "${!ports[@]}"; do
  log="$work_dir/node_${ports[index]}.log"
  for _ in {1..200}; do
    # Its own log, as something else may answer on a port that is taken.
    grep -q "listening on" "$log" && continue 2
    is_node "${pids[index]}" || fail "node $((index + 1)) has ended: $(tail -n 1 "$log")"
    sleep 0.1
  done
  fail "node $((index + 1)) did not listen within 20 s; see $log"
done

echo "All nodes started!"
echo "Node endpoints:"
for index in "${!ports[@]}"; do
  echo "  Node $((index + 1)): http://127.0.0.1:${ports[index]}"
done
echo
echo "Test the cluster:"
echo "  curl http://127.0.0.1:${ports[0]}/ | jq"
echo "  curl \"http://127.0.0.1:${ports[0]}/set_kv?key=test&value=hello\""
echo "  curl http://127.0.0.1:${ports[1]}/ | jq '.cluster_state'"
echo
echo "Press Enter to stop all nodes..."
read -r
echo "Stopping all nodes..."
