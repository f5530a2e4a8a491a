import { expect, test } from '@jest/globals'
import { mayLead, zoneOf, zoneOfAddress, type Zone } from '../../src/images/network-zone.ts'

test.each<[Zone, readonly string[]]>([
  [
    'loopback',
    [
      '127.0.0.1',
      '127.255.255.254',
      '::1',
      '::',
      '0.0.0.0',
      '::ffff:127.0.0.1',
      '64:ff9b::127.0.0.1',
      '2002:7f00:1::1',
      '::127.0.0.1',
      '::ffff:0:127.0.0.1',
    ],
  ],
  [
    'link-local',
    [
      '169.254.169.254',
      'fe80::1',
      '::ffff:169.254.169.254',
      '64:ff9b::a9fe:a9fe',
      '2002:a9fe:a9fe::',
      '::a9fe:a9fe',
      '::ffff:0:a9fe:a9fe',
    ],
  ],
  [
    'private',
    [
      '10.0.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '100.64.0.1',
      'fc00::1',
      'fd00:ec2::254',
      '::ffff:10.1.2.3',
      '224.0.0.1',
      '255.255.255.255',
      '64:ff9b::10.0.0.1',
      '64:ff9b::ac1f:ffff',
      '2002:c0a8:101::',
      '64:ff9b:1::1',
    ],
  ],
  [
    'public',
    [
      '8.8.8.8',
      '172.32.0.1',
      '100.128.0.1',
      '169.253.0.1',
      '2001:4860:4860::8888',
      '93.184.216.34',
      '64:ff9b::8.8.8.8',
      '2002:808:808::',
      '::8.8.8.8',
      '2606:4700::1',
    ],
  ],
])('recognises addresses that are %s', (zone, addresses) => {
  expect(addresses.map((address) => [address, zoneOfAddress(address)])).toEqual(
    addresses.map((address) => [address, zone]),
  )
})

test('takes the innermost address of a name', async () => {
  const lookUp = (): Promise<readonly string[]> => Promise.resolve(['93.184.216.34', '10.0.0.1'])
  expect(await zoneOf('registry.example', lookUp)).toBe('private')
  expect(await zoneOf('[::1]', lookUp)).toBe('loopback')
  expect(await zoneOf(new URL('http://0x7f.1/').hostname, lookUp)).toBe('loopback')
  for (const name of ['localhost', 'localhost.', 'LOCALHOST', 'x.localhost', 'x.localhost.'])
    expect(await zoneOf(name, () => Promise.resolve(['93.184.216.34']))).toBe('loopback')
  expect(await zoneOf('notlocalhost', lookUp)).toBe('private')
  expect(await zoneOf('nowhere.invalid', () => Promise.resolve([]))).toBe('public')
})

test('allows hosts to lead outwards, and never to link-local addresses', () => {
  const zones: readonly Zone[] = ['loopback', 'private', 'public', 'link-local']
  const allowed = zones.flatMap((from) => zones.filter((to) => mayLead(from, to)).map((to) => `${from} ${to}`))
  expect(allowed).toEqual([
    'loopback loopback',
    'loopback private',
    'loopback public',
    'private private',
    'private public',
    'public public',
    'link-local loopback',
    'link-local private',
    'link-local public',
  ])
})
