#!/usr/bin/env bash
# Three nodes that know one gossip address become a cluster of three voters by themselves. The script
# starts them, waits for that, writes to every node, reads from every node, looks at the status, the
# Swagger UI and the OpenAPI document, and stops them. It checks every answer; it exits 0 only if all
# were right, else it names the step.
#
# Needs bash, curl and a built repository (npm install && npm run build).
#   RPC_PORT, API_PORT, GOSSIP_PORT  of node 1 on 127.0.0.1, the others have the next numbers; default
#                                    21001, 3001, 20001
#   WORK_DIR                         where node1.log … and the pid files go; default this folder
#   JOIN_SECONDS                     how long the three may need to become voters; default 90
# Further arguments are given to every node.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
caucus="$here/../../packages/cli/bin/caucus.js"
work_dir=${WORK_DIR:-$here}
rpc_port=${RPC_PORT:-21001}
api_port=${API_PORT:-3001}
gossip_port=${GOSSIP_PORT:-20001}
data_dir=""
pids=("" "" "" "")
step="start"

fail() {
  echo "FAILED at \"$step\": $*" >&2
  exit 1
}

# Whether the process is one of ours: a pid may belong to somebody else by now.
is_node() {
  [[ $(ps -p "$1" -o args= 2>/dev/null) == *"caucus.js node"* ]]
}

# stop_process PID: asks, waits up to 10 s, then kills. Fails when it had to be killed.
stop_process() {
  kill -TERM "$1" 2>/dev/null
  for _ in {1..100}; do
    is_node "$1" || return 0
    sleep 0.1
  done
  kill -KILL "$1" 2>/dev/null
  return 1
}

# Ends what this run started, however it ends.
clean_up() {
  local status=$? id
  trap - EXIT
  for id in 1 2 3; do
    if [[ -n ${pids[id]} ]] && is_node "${pids[id]}"; then stop_process "${pids[id]}"; fi
    if [[ -n ${pids[id]} ]]; then rm -f "$work_dir/node$id.pid"; fi
  done
  [[ -z $data_dir ]] || rm -rf "$data_dir"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

begin() {
  step=$1
  echo
  echo "=== $step"
}

url() {
  echo "http://127.0.0.1:$((api_port + $1 - 1))$2"
}

# ask ID PATH [CURL OPTIONS…]: the answer is left in $answer.
answer=""
ask() {
  local id=$1 path=$2
  shift 2
  answer=$(curl -sS --max-time 15 "$@" "$(url "$id" "$path")" 2>&1) ||
    fail "no answer from node $id: $answer"
}

# call ID PATH [CURL OPTIONS…]: the answer is printed, too.
call() {
  ask "$@"
  echo "node $1 $2: $answer"
}

# The answer must contain every text that is given.
expect() {
  local text
  for text in "$@"; do
    [[ $answer == *"$text"* ]] || fail "expected $text in the answer: ${answer:0:2000}"
  done
}

# expect_soon ID PATH TEXT: as a node may be a moment behind.
expect_soon() {
  local id=$1 path=$2 text=$3
  for _ in {1..50}; do
    ask "$id" "$path"
    if [[ $answer == *"$text"* ]]; then
      echo "node $id $path: $answer"
      return
    fi
    sleep 0.1
  done
  fail "node $id: expected $text within 5 s, the last answer was: $answer"
}

# start_node ID [ARGUMENTS…]
start_node() {
  local id=$1 log="$work_dir/node$1.log"
  shift
  node "$caucus" node --id "$id" \
    --rpc-addr "127.0.0.1:$((rpc_port + id - 1))" \
    --api-addr "127.0.0.1:$((api_port + id - 1))" \
    --gossip-addr "127.0.0.1:$((gossip_port + id - 1))" \
    --data-dir "$data_dir/node$id" "$@" >"$log" 2>&1 </dev/null &
  pids[id]=$!
  echo "${pids[id]}" >"$work_dir/node$id.pid"
  for _ in {1..200}; do
    # Its own log, as something else may answer on a port that is taken.
    if grep -q "listening on" "$log"; then
      echo "node $id listens on $(url "$id" "")"
      return
    fi
    is_node "${pids[id]}" || fail "node $id has ended: $(tail -n 1 "$log")"
    sleep 0.1
  done
  fail "node $id did not listen within 20 s; see $log"
}

# Every member of the configuration, as the node sees it: "1 voter" or "1 learner", a line each.
roles_at() {
  ask "$1" /api/cluster
  # shellcheck disable=SC2016
  node -e '
    const { members } = JSON.parse(process.argv[1]);
    for (const { id, role } of members) console.log(`${id} ${role}`);
  ' "$answer" 2>/dev/null | sort
}

begin "stop nodes of an earlier run"
for id in 1 2 3; do
  if [[ -f $work_dir/node$id.pid ]]; then
    old=$(<"$work_dir/node$id.pid")
    if [[ $old =~ ^[0-9]+$ ]] && is_node "$old"; then
      echo "node $id still runs as process $old"
      stop_process "$old"
    fi
    rm -f "$work_dir/node$id.pid"
  fi
done

begin "start node 1, the seed, and nodes 2 and 3, which join via gossip"
[[ -f $here/../../packages/cli/dist/src/main.js ]] || fail "not built yet; run npm run build first"
data_dir=$(mktemp -d) || fail "no directory for the data"
start_node 1 "$@"
start_node 2 --seed-gossip-addrs "127.0.0.1:$gossip_port" "$@"
start_node 3 --seed-gossip-addrs "127.0.0.1:$gossip_port" "$@"

begin "all three become voters, told by nobody"
expected=$'1 voter\n2 voter\n3 voter'
started=$SECONDS
for id in 1 2 3; do
  until [[ $(roles_at "$id") == "$expected" ]]; do
    ((SECONDS - started < ${JOIN_SECONDS:-90})) ||
      fail "node $id sees after $((SECONDS - started)) s: $(roles_at "$id" | tr '\n' ' ')"
    sleep 0.2
  done
done
echo "three voters after $((SECONDS - started)) s"

begin "cluster status on every node"
for id in 1 2 3; do
  call "$id" /api/cluster
  expect '"cluster_id":"' '"leader":{"id":' '"role":"voter"'
done

for writer in 1 2 3; do
  begin "write on node $writer, read on all"
  call "$writer" /api/write -X POST -H 'Content-Type: application/json' \
    -d "{\"key\":\"hello\",\"value\":\"world $writer\"}"
  expect '"success":true' '"revision":'
  for reader in 1 2 3; do
    call "$reader" /api/consistent_read/hello
    expect "\"value\":\"world $writer\""
    expect_soon "$reader" /api/read/hello "\"value\":\"world $writer\""
  done
done

begin "Swagger UI and the OpenAPI document"
ask 1 / -L -H 'Accept: text/html'
expect '<div id="swagger-ui">'
ask 2 /spec
expect '"openapi":"3.1' '"/api/cluster"' '"/api/write"' '"/api/consistent_read/{key}"'
echo "both are served"

begin "a request that is wrong"
call 1 /api/write -X POST -H 'Content-Type: application/json' -d '{"key":"hello"}'
expect '"status":400' 'value is missing'

begin "stop the nodes"
for id in 3 2 1; do
  stop_process "${pids[id]}" || fail "node $id did not stop within 10 s"
  wait "${pids[id]}" || fail "node $id stopped with exit code $?"
  echo "node $id has stopped"
done

echo
echo "All steps passed."
