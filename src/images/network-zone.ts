/**
 * Determines the network zone of a host. A registry names other hosts for tokens and blobs. A registry in the public
 * network must not make this machine send requests to services that only this machine and its own network can reach.
 */
import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'

/** Zones, innermost first. A host may refer to an outer zone, but never to an inner one. */
const zones = ['link-local', 'loopback', 'private', 'public'] as const
/** A part of the network. */
export type Zone = (typeof zones)[number]

/** IANA's registries of special-purpose addresses, for IPv4 and IPv6. */
const special: readonly { readonly zone: Zone; readonly list: BlockList }[] = [
  { zone: 'link-local', list: listOf(['169.254.0.0', 16, 'ipv4'], ['fe80::', 10, 'ipv6']) },
  { zone: 'loopback', list: listOf(['127.0.0.0', 8, 'ipv4'], ['0.0.0.0', 8, 'ipv4'], ['::', 127, 'ipv6']) },
  {
    zone: 'private',
    list: listOf(
      ['10.0.0.0', 8, 'ipv4'],
      ['172.16.0.0', 12, 'ipv4'],
      ['192.168.0.0', 16, 'ipv4'],
      ['100.64.0.0', 10, 'ipv4'],
      ['198.18.0.0', 15, 'ipv4'],
      ['192.0.0.0', 24, 'ipv4'],
      ['224.0.0.0', 3, 'ipv4'],
      ['fc00::', 7, 'ipv6'],
      ['fec0::', 10, 'ipv6'],
      ['ff00::', 8, 'ipv6'],
      ['64:ff9b:1::', 48, 'ipv6'],
    ),
  },
]

function listOf(...subnets: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[]): BlockList {
  const list = new BlockList()
  for (const [address, bits, family] of subnets) {
    list.addSubnet(address, bits, family)
    if (family === 'ipv6') continue
    for (const [prefix, before] of holdingIPv4(address)) list.addSubnet(prefix, before + bits, 'ipv6')
  }
  return list
}

/**
 * Returns the IPv6 prefixes that lead to an IPv4 address: NAT64 (RFC 6052), 6to4 (RFC 3056), and the forms of RFC 4291
 * and RFC 2765. A BlockList handles mapped addresses, `::ffff:…`, by itself.
 */
function holdingIPv4(address: string): readonly (readonly [prefix: string, bitsBefore: number])[] {
  const [first = 0, second = 0, third = 0, fourth = 0] = address.split('.').map(Number)
  const groups = [first * 256 + second, third * 256 + fourth].map((group) => group.toString(16)).join(':')
  return [
    [`64:ff9b::${groups}`, 96],
    [`2002:${groups}::`, 16],
    [`::${groups}`, 96],
    [`::ffff:0:${groups}`, 96],
  ]
}

/** Returns the zone of an IP address. */
export function zoneOfAddress(address: string): Zone {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  return special.find(({ list }) => list.check(address, family))?.zone ?? 'public'
}

/** Returns the IP addresses of a host, or an empty list if there are none. */
export type LookUp = (hostname: string) => Promise<readonly string[]>

/**
 * Looks up a name with the system's resolver. A name that does not resolve here may be known to a proxy, and then
 * belongs to nothing in this network.
 */
export const lookUpAddresses: LookUp = (hostname) =>
  hostname === ''
    ? Promise.resolve([])
    : lookup(hostname, { all: true }).then(
        (found) => found.map(({ address }) => address),
        () => [],
      )

/** Returns the innermost zone in which a host has an address. */
export async function zoneOf(hostname: string, lookUp: LookUp): Promise<Zone> {
  const literal = hostname.replace(/^\[/, '').replace(/\]$/, '')
  // These names belong to this machine, whatever a resolver or a proxy returns (RFC 6761).
  if (/(?:^|\.)localhost\.?$/i.test(hostname)) return 'loopback'
  const addresses = isIP(literal) === 0 ? await lookUp(hostname) : [literal]
  const found = new Set(addresses.map(zoneOfAddress))
  return zones.find((zone) => found.has(zone)) ?? 'public'
}

/**
 * Returns whether a host in one zone may refer to a host in the other. Nobody may refer to link-local addresses,
 * because clouds serve credentials there.
 */
export const mayLead = (from: Zone, to: Zone): boolean =>
  to !== 'link-local' && zones.indexOf(to) >= zones.indexOf(from)

/** Where a host is, for messages. */
export const zoneWords: Readonly<Record<Zone, string>> = {
  'link-local': 'at a link-local address',
  loopback: 'on this machine',
  private: 'in a private network',
  public: 'in the public network',
}
