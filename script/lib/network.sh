# shellcheck shell=bash
# Makes a bridge with address translation for one private engine. Each engine has its own bridge and does not manage
# the packet filter, because two engines that manage it delete each other's rules.

bridges=()
subnets=()

# add_network: makes the bridge and sets bridge and bridge_cidr.
add_network() {
  local n
  for ((n = $$ % 250 + ${#bridges[@]}; ; n++)); do
    bridge_subnet=10.213.$((n % 250)) bridge=sf$$n${#bridges[@]}
    ip -4 -o addr show | grep -qF " $bridge_subnet." || break
  done
  bridge_cidr=$bridge_subnet.1/24 bridge_subnet=$bridge_subnet.0/24
  ip link add "$bridge" type bridge
  bridges+=("$bridge")
  subnets+=("$bridge_subnet")
  ip addr add "$bridge_cidr" dev "$bridge"
  ip link set "$bridge" up
  network_rules -I "$bridge" "$bridge_subnet"
  echo 1 >/proc/sys/net/ipv4/ip_forward
}

network_rules() {
  iptables -w -t nat "$1" POSTROUTING -s "$3" ! -o "$2" -j MASQUERADE
  iptables -w "$1" FORWARD -i "$2" -j ACCEPT
  iptables -w "$1" FORWARD -o "$2" -j ACCEPT
}

remove_networks() {
  local i
  for i in "${!bridges[@]}"; do
    network_rules -D "${bridges[i]}" "${subnets[i]}" 2>/dev/null || true
    ip link delete "${bridges[i]}" 2>/dev/null || true
  done
}
