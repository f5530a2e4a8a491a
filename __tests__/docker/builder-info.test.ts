/** The recorded output of docker buildx inspect, and which builders get a default provenance. */
import { describe, expect, test } from '@jest/globals'
import { parseBuilderInfo, takesDefaultAttestations } from '../../src/docker/builder-info.ts'

/** `docker buildx inspect` of buildx 0.29 and 0.38. */
const recorded = {
  'the engine of Debian, on either image store': `Name:   default
Driver: docker

Nodes:
Name:             default
Endpoint:         default
Status:           running
BuildKit version: v0.0.0+unknown
Platforms:        linux/amd64, linux/amd64/v2, linux/386
Labels:
 org.mobyproject.buildkit.worker.moby.host-gateway-ip: 10.213.87.1
GC Policy rule#0:
 All:            false
 Keep Duration:  48h0m0s
`,
  'a remote BuildKit': `Name:          bk34
Driver:        remote
Last Activity: 2026-11-26 04:36:29 +0000 UTC

Nodes:
Name:             bk340
Endpoint:         unix:///run/buildkit/sock
Status:           running
BuildKit version: v0.34.2
Platforms:        linux/amd64, linux/amd64/v2, linux/amd64/v3, linux/amd64/v4, linux/386
Labels:
 org.mobyproject.buildkit.worker.executor:         oci
Devices:
 Name:                  vendor.com/device=foo
 Automatically allowed: true
File#buildkitd.toml:
 > Name: x
 > BuildKit version: v9.9.9
`,
  'a builder that was not started': `Name:          notstarted
Driver:        docker-container
Last Activity: 2026-11-26 04:36:30 +0000 UTC

Nodes:
Name:                  notstarted0
Endpoint:              unix:///run/docker.sock
Status:                inactive
BuildKit daemon flags: --allow-insecure-entitlement=network.host
`,
} as const

describe('reads the driver and the versions', () => {
  test.each([
    ['the engine of Debian, on either image store', { driver: 'docker', versions: ['v0.0.0+unknown'] }],
    ['a remote BuildKit', { driver: 'remote', versions: ['v0.34.2'] }],
    ['a builder that was not started', { driver: 'docker-container', versions: [null] }],
  ] as const)('%s', (name, expected) => {
    expect(parseBuilderInfo(recorded[name])).toEqual({ ...expected, fault: null })
  })

  test('reads the version of each node, or none', () => {
    const text = `Name: farm\nDriver: docker-container\n\nNodes:\nName: farm0\nBuildkit: v0.12.5\n\nName: farm1\nEndpoint: x\nError: no route to host\n`
    expect(parseBuilderInfo(text)).toEqual({ driver: 'docker-container', versions: ['v0.12.5', null], fault: null })
  })

  test('reads nothing from an empty answer', () => {
    expect(parseBuilderInfo('')).toEqual({ driver: null, versions: [], fault: null })
  })

  test('has the reason why the builder cannot be used, but not that of a single node', () => {
    const refused = 'Cannot connect to the Docker daemon at tcp://127.0.0.1:1. Is the docker daemon running?'
    const builder = `Name:          default\nDriver:        \nLast Activity: 2026-11-30 20:50:03 +0000 UTC\n`
    expect(parseBuilderInfo(`${builder}Error:         ${refused}\n`).fault).toBe(refused)
    expect(parseBuilderInfo(`${builder}\nNodes:\nName:     a0\nError:    ${refused}\n`).fault).toBeNull()
  })
})

/** The results of `BuildKit.versionSatisfies(builder, '>=0.11.0')` of docker/actions-toolkit 0.92. */
describe('adds provenance by default', () => {
  test.each<[string, readonly (string | null)[], boolean]>([
    ['docker-container', ['v0.34.2'], true],
    ['docker-container', ['v0.11.0'], true],
    ['docker-container', ['0.11.0'], true],
    ['docker-container', ['v1.0.0'], true],
    ['docker-container', ['v0.12.5+unknown'], true],
    ['docker-container', ['v0.10.6'], false],
    ['docker-container', ['v0.0.0+unknown'], false],
    ['docker-container', ['v0.13.0-rc1'], false],
    ['docker-container', ['v0.12'], false],
    ['docker-container', ['master'], false],
    ['docker-container', [null], false],
    ['docker-container', ['v0.34.2', 'v0.34.2'], true],
    ['docker-container', ['v0.34.2', 'v0.10.6'], false],
    ['docker-container', ['v0.34.2', null], false],
    ['kubernetes', ['v0.34.2'], true],
    ['remote', ['v0.34.2'], true],
    ['remote', ['v0.34.2-moby'], true],
    ['cloud', ['v0.34.2'], true],
    // The engine's own builder on a hosted runner, with overlay2 or containerd.
    ['docker', ['v0.20.2'], false],
    ['docker', ['v0.0.0+unknown'], false],
    ['docker', ['v0.11.0-moby'], true],
    ['docker', ['v0.10.0-moby'], false],
  ])('%s %j: %j', (driver, versions, expected) => {
    expect(takesDefaultAttestations({ driver, versions })).toBe(expected)
  })
})
