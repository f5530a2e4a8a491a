# shellcheck shell=bash
# Starts private daemons, each in its own folder, and stops them in reverse order.

daemon_pids=()
dockerd_sockets=()

# keep_in_memory FOLDER: mounts a file system in memory there if much memory is free. The daemons sync their databases
# after each step of a build, which takes a quarter of their processor time on a disk. All tests together need about
# 6 GB.
keep_in_memory() {
  local free
  free=$(awk '$1 == "MemAvailable:" { print int($2 / 1024 / 1024) }' /proc/meminfo)
  [ "$free" -ge 18 ] || return 0
  mount -t tmpfs -o mode=700,size=14g stage-footprint "$1" 2>/dev/null || true
}

# A daemon has its own session, so Ctrl-C only reaches the command. The daemons are stopped after it. They are written
# in Go, and collect garbage less often with GOGC: a sixth of their processor time.
start_daemon() { # LOG COMMAND...
  local log=$1
  shift
  GOGC=${GOGC:-400} setsid "$@" </dev/null >"$log" 2>&1 9>&- &
  daemon_pids+=("$!")
}

# wait_for NAME LOG COMMAND...: waits up to 30 seconds until COMMAND succeeds.
wait_for() {
  local name=$1 log=$2 try
  shift 2
  for ((try = 0; try < 300; try++)); do
    ! "$@" >/dev/null 2>&1 || return 0
    kill -0 "${daemon_pids[-1]}" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$log" >&2
  die "$name does not start"
}

free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); do
    (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

answers() { (: <>"/dev/tcp/${1%:*}/${1##*:}") 2>/dev/null; }

# start_registry FOLDER [CONTENT]: sets registry_address. CONTENT is linked and never written to.
start_registry() {
  local folder=$1 content=${2:-} storage=docker/registry/v2
  mkdir -p "$folder/storage/$storage"
  if [ -n "$content" ]; then
    cp -al "$content/$storage/blobs" "$folder/storage/$storage/" 2>/dev/null ||
      { rm -rf "$folder/storage/$storage/blobs"; cp -a "$content/$storage/blobs" "$folder/storage/$storage/"; }
    cp -a "$content/$storage/repositories" "$folder/storage/$storage/"
  fi
  registry_address=127.0.0.1:$(free_port)
  cat >"$folder/config.yml" <<END
version: 0.1
log: {level: error}
storage:
  filesystem: {rootdirectory: $folder/storage}
  delete: {enabled: true}
http: {addr: "$registry_address"}
END
  start_daemon "$folder/log" env OTEL_TRACES_EXPORTER=none docker-registry serve "$folder/config.yml"
  wait_for docker-registry "$folder/log" answers "$registry_address"
}

# start_dockerd FOLDER CONTAINERD_STORE: its socket is FOLDER/sock. The registry that was started before replaces
# Docker Hub. The builder deletes nothing by itself: its limit is a tenth of the disk, and a step whose result is gone
# runs again, with other bytes.
start_dockerd() {
  local folder=$1 containerd_store=$2
  mkdir -p "$folder"
  add_network # sets bridge
  # shellcheck disable=SC2154
  cat >"$folder/config.json" <<END
{
  "features": {"containerd-snapshotter": $containerd_store},
  "registry-mirrors": ["http://$registry_address"],
  "bridge": "$bridge", "iptables": false, "ip6tables": false,
  "builder": {"gc": {"enabled": false}},
  "shutdown-timeout": 2
}
END
  start_daemon "$folder/log" dockerd --config-file "$folder/config.json" -H "unix://$folder/sock" \
    --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/pid"
  dockerd_sockets+=("$folder/sock")
  wait_for dockerd "$folder/log" docker -H "unix://$folder/sock" version
}

# start_buildkitd FOLDER PROGRAM: its socket is FOLDER/sock.
start_buildkitd() {
  local folder=$1 program=$2
  [ -x "$program" ] || die "no buildkitd at $program"
  mkdir -p "$folder"
  cat >"$folder/config.toml" <<END
[registry."docker.io"]
  mirrors = ["$registry_address"]
[registry."$registry_address"]
  http = true
[worker.oci]
  gc = false
END
  start_daemon "$folder/log" "$program" --config "$folder/config.toml" --addr "unix://$folder/sock" \
    --root "$folder/root" --oci-worker-binary "$(command -v runc)" --containerd-worker=false
  wait_for buildkitd "$folder/log" test -S "$folder/sock"
}

# stop_daemons [KEEP]: stops the newest daemons first, until KEEP of them are left.
stop_daemons() {
  local keep=${1:-0} pid socket containers
  # dockerd would wait ten seconds for a container that ignores the signal.
  for socket in "${dockerd_sockets[@]}"; do
    containers=$(timeout 10 docker -H "unix://$socket" ps -q 2>/dev/null) || continue
    # shellcheck disable=SC2086
    [ -z "$containers" ] || timeout 20 docker -H "unix://$socket" kill $containers >/dev/null 2>&1 || true
  done
  while [ "${#daemon_pids[@]}" -gt "$keep" ]; do
    pid=${daemon_pids[-1]}
    unset 'daemon_pids[-1]'
    stop_tree "$pid"
  done
}

# stop_tree PID [all]: asks PID, or PID and its descendants, to end, and waits. Those that still run after 15 seconds
# are killed.
stop_tree() {
  local root=$1 pids try
  pids=$(descendants "$root")
  # shellcheck disable=SC2086
  kill -TERM "$root" ${2:+$pids} 2>/dev/null || true
  for ((try = 0; try < 150; try++)); do
    kill -0 "$root" 2>/dev/null || break
    sleep 0.1
  done
  # shellcheck disable=SC2086
  kill -KILL $root $pids 2>/dev/null || true
  wait "$root" 2>/dev/null || true
}

descendants() {
  local child
  for child in $(ps -o pid= --ppid "$1"); do
    echo "$child"
    descendants "$child"
  done
}

unmount_below() {
  local folder
  while read -r folder; do
    umount -l "$folder" 2>/dev/null || true
  done < <(awk -v below="$1/" 'index($2, below) == 1 { print $2 }' /proc/self/mounts | sort -r)
}
