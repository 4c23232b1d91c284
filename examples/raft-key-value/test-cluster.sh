#!/usr/bin/env bash
# Three nodes share data: starts them, makes a cluster of them step by step over HTTP, writes on
# one and reads on all. Checks every answer; exits 0 only if all were right, else it names the step.
#
# Needs bash, curl and a built repository (npm install && npm run build).
#   PORT_1, PORT_2, PORT_3   HTTP and gRPC ports on 127.0.0.1; default 21001, 21002, 21003
#   WORK_DIR                 where n1.log … n3.log and the pid files go; default this folder
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
caucus="$here/../../packages/cli/bin/caucus.js"
work_dir=${WORK_DIR:-$here}
ports=("" "${PORT_1:-21001}" "${PORT_2:-21002}" "${PORT_3:-21003}")
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
    if [[ -n ${pids[id]} ]]; then rm -f "$work_dir/n$id.pid"; fi
  done
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

# call ID PATH [CURL OPTIONS…]: the answer is printed, and left in $answer.
answer=""
call() {
  local id=$1 path=$2
  shift 2
  answer=$(curl -sS --max-time 15 "$@" "http://127.0.0.1:${ports[id]}$path" 2>&1) ||
    fail "no answer from node $id: $answer"
  echo "node $id $path: $answer"
}

# The answer must contain every text that is given.
expect() {
  local text
  for text in "$@"; do
    [[ $answer == *"$text"* ]] || fail "expected $text in the answer: $answer"
  done
}

# expect_soon ID PATH TEXT [CURL OPTIONS…]: as a follower may be a moment behind.
expect_soon() {
  local id=$1 path=$2 text=$3 reply
  shift 3
  for _ in {1..50}; do
    reply=$(curl -sS --max-time 15 "$@" "http://127.0.0.1:${ports[id]}$path" 2>&1)
    if [[ $reply == *"$text"* ]]; then
      echo "node $id $path: $reply"
      return
    fi
    sleep 0.1
  done
  fail "node $id: expected $text within 5 s, the last answer was: $reply"
}

begin "stop nodes of an earlier run"
for id in 1 2 3; do
  if [[ -f $work_dir/n$id.pid ]]; then
    old=$(<"$work_dir/n$id.pid")
    if [[ $old =~ ^[0-9]+$ ]] && is_node "$old"; then
      echo "node $id still runs as process $old"
      stop_process "$old"
    fi
    rm -f "$work_dir/n$id.pid"
  fi
done

begin "start three nodes that know nothing of each other"
[[ -f $here/../../packages/cli/dist/src/main.js ]] || fail "not built yet; run npm run build first"
for id in 1 2 3; do
  node "$caucus" node --id "$id" --http-addr "127.0.0.1:${ports[id]}" --storage memory \
    --log-level debug >"$work_dir/n$id.log" 2>&1 &
  pids[id]=$!
  echo "${pids[id]}" >"$work_dir/n$id.pid"
done
for id in 1 2 3; do
  for _ in {1..200}; do
    # Its own log, as something else may answer on a port that is taken.
    grep -q "listening on" "$work_dir/n$id.log" && continue 2
    is_node "${pids[id]}" || fail "node $id has ended: $(tail -n 1 "$work_dir/n$id.log")"
    sleep 0.1
  done
  fail "node $id did not listen within 20 s; see $work_dir/n$id.log"
done
echo "nodes 1, 2 and 3 listen on ports ${ports[1]}, ${ports[2]} and ${ports[3]}"

begin "init: node 1 becomes the leader of a cluster of one"
call 1 /init -X POST
expect '"Ok"'

begin "metrics of node 1"
expect_soon 1 /metrics '"current_leader":1'
call 1 /metrics
expect '"state":"Leader"' '"configs":[[1]]'

begin "add the addresses of nodes 1, 2 and 3"
for id in 1 2 3; do
  call 1 /write -d "{\"AddNode\":{\"id\":$id,\"addr\":\"127.0.0.1:${ports[id]}\"}}"
  expect '"Ok"' '"log_id"'
done

begin "list the nodes"
call 1 /list-nodes
expect '"Ok"' "\"1\":\"127.0.0.1:${ports[1]}\"" "\"2\":\"127.0.0.1:${ports[2]}\"" \
  "\"3\":\"127.0.0.1:${ports[3]}\""

for id in 2 3; do
  begin "add node $id as a learner"
  call 1 /add-learner -d "$id"
  expect '"Ok"' '"matched"'
done

begin "make all three voters"
call 1 /change-membership -d '[1, 2, 3]'
expect '"Ok"' '"configs":[[1,2,3]]'

begin "metrics of node 1 with three voters"
call 1 /metrics
expect '"current_leader":1' '"learners":[]' '"configs":[[1,2,3]]'

begin "write foo=bar on node 1"
call 1 /write -d '{"Set":{"key":"foo","value":"bar"}}'
expect '"Ok"' '"value":"bar"'

for id in 1 2 3; do
  begin "read foo on node $id"
  expect_soon "$id" /read '{"Ok":"bar"}' -d '"foo"'
done

begin "write on a follower, read on the others"
call 2 /write -d '{"Set":{"key":"foo","value":"baz"}}'
expect '"Ok"' '"value":"baz"'
for id in 1 2 3; do
  expect_soon "$id" /read '{"Ok":"baz"}' -d '"foo"'
done

begin "stop the nodes"
for id in 1 2 3; do
  stop_process "${pids[id]}" || fail "node $id did not stop within 10 s"
  wait "${pids[id]}" || fail "node $id stopped with exit code $?"
  echo "node $id has stopped"
done

echo
echo "All steps passed."
