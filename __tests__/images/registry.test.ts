/** The registry client against real HTTP servers. */
import { chmod, truncate, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { FootprintError } from '../../src/errors.ts'
import { parseChallenges } from '../../src/images/registry-auth.ts'
import { requireOutward } from '../../src/images/registry-http.ts'
import { openRegistryImage } from '../../src/images/registry.ts'
import type { Descriptor } from '../../src/oci/manifest.ts'
import { inspect, randomImage, temporary, types, type Blobs } from '../support/layouts.ts'
import { testRegistry, type Intercept } from '../support/registry.ts'

let made: Blobs
let image: Descriptor
let layer: Descriptor
beforeAll(async () => {
  ;({ made, image, layer } = await randomImage())
})

const serve = (intercept?: Intercept): ReturnType<typeof testRegistry> =>
  testRegistry(made, { latest: image.digest }, intercept)

const secret = 'pa55-w0rd'

async function refusal(promise: Promise<unknown>): Promise<FootprintError> {
  const error: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof FootprintError)) throw new Error(`not refused: ${String(error)}`, { cause: error })
  expect(error.message).not.toContain(secret)
  return error
}

function deny(response: ServerResponse, challenge: string): true {
  response.writeHead(401, { 'www-authenticate': challenge }).end('{}')
  return true
}

async function configWith(config: object): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await temporary()
  await writeFile(join(folder.path, 'config.json'), JSON.stringify(config))
  return folder
}

test('reads by tag and by digest without credentials, and each blob once', async () => {
  await using registry = await serve()
  const { images } = await inspect(`docker://${registry.address}/some/app`)
  expect(images[0]).toMatchObject({
    name: `${registry.address}/some/app`,
    platform: { os: 'linux', architecture: 'amd64' },
  })
  expect(images[0]!.stages[0]!.layers[0]).toMatchObject({ digest: layer.digest, compressedSize: layer.size })
  expect(registry.seen.map(({ url }) => url.replace(/^\/v2\/some\/app\//, ''))).toEqual([
    'manifests/latest',
    expect.stringMatching(/^blobs\//),
    `blobs/${layer.digest}`,
  ])
  expect(await inspect(`docker://${registry.address}/some/app:x@${image.digest}`)).toEqual(
    expect.objectContaining({ images }),
  )
})

test('does not fetch a known layer', async () => {
  await using registry = await serve()
  await using indexes = await temporary()
  const first = await inspect(`docker://${registry.address}/app`, { indexFolder: indexes.path })
  const before = registry.seen.length
  expect(await inspect(`docker://${registry.address}/app`, { indexFolder: indexes.path })).toEqual(first)
  expect(registry.seen.slice(before).filter(({ url }) => url.includes(layer.digest))).toEqual([])
})

test('sends the credentials of docker login with Basic authentication', async () => {
  const expected = `Basic ${Buffer.from(`me:${secret}`).toString('base64')}`
  await using registry = await serve(
    ({ authorization }, response) => authorization !== expected && deny(response, 'Basic realm="x"'),
  )
  await using config = await configWith({ auths: { [`https://${registry.address}/v1/`]: { auth: expected.slice(6) } } })
  const { images } = await inspect(`docker://${registry.address}/app`, { dockerConfigFolder: config.path })
  expect(images).toHaveLength(1)
  const error = await refusal(inspect(`docker://${registry.address}/app`))
  expect([error.code, error.message]).toEqual([
    'UNREADABLE_INPUT',
    expect.stringContaining(`log in with \`docker login ${registry.address}\``),
  ])
  await using wrong = await configWith({ auths: { [registry.address]: { username: 'me', password: `${secret}x` } } })
  expect(
    (await refusal(inspect(`docker://${registry.address}/app`, { dockerConfigFolder: wrong.path }))).message,
  ).toContain('with the credentials that')
})

describe('Bearer authentication', () => {
  const tokenServer =
    (password: string | null): Intercept =>
    ({ url, authorization, method, body, host }, response) => {
      if (url.startsWith('/token')) {
        const identity = new URLSearchParams(body).get('refresh_token')
        const isKnown =
          password === null ||
          authorization === `Basic ${Buffer.from(`me:${password}`).toString('base64')}` ||
          (method === 'POST' && identity === password)
        response
          .writeHead(isKnown ? 200 : 401)
          .end(JSON.stringify(isKnown ? { token: 'the-token' } : { details: secret }))
        return true
      }
      return (
        authorization !== 'Bearer the-token' &&
        deny(response, `Bearer realm="http://${host}/token",service="svc",scope="repository:app:pull"`)
      )
    }

  test('gets one token for all requests without credentials', async () => {
    await using registry = await serve(tokenServer(null))
    expect((await inspect(`docker://${registry.address}/app`)).images).toHaveLength(1)
    expect(registry.seen.filter(({ url }) => url.startsWith('/token')).map(({ url }) => url)).toEqual([
      '/token?service=svc&scope=repository%3Aapp%3Apull',
    ])
  })

  test('accepts a password, an identity token, a credential helper and a credential store', async () => {
    await using registry = await serve(tokenServer(secret))
    const source = `docker://${registry.address}/app`
    expect((await refusal(inspect(source))).code).toBe('UNREADABLE_INPUT')
    const configs: readonly object[] = [
      { auths: { [registry.address]: { auth: Buffer.from(`me:${secret}`).toString('base64') } } },
      {
        auths: {
          [registry.address]: {
            auth: Buffer.from('00000000-0000-0000-0000-000000000000:').toString('base64'),
            identitytoken: secret,
          },
        },
      },
      { credHelpers: { [registry.address]: 'sf-test' } },
      { credsStore: 'sf-test' },
    ]
    await using bin = await temporary()
    const helper = join(bin.path, 'docker-credential-sf-test')
    await writeFile(
      helper,
      `#!/bin/sh\nread -r server\n[ "$1" = get ] && [ "$server" = "${registry.address}" ] || { echo "credentials not found"; exit 1; }\nprintf '{"ServerURL":"%s","Username":"me","Secret":"${secret}"}' "$server"\n`,
    )
    await chmod(helper, 0o755)
    const path = process.env['PATH'] ?? ''
    process.env['PATH'] = `${bin.path}:${path}`
    try {
      for (const some of configs) {
        await using config = await configWith(some)
        expect((await inspect(source, { dockerConfigFolder: config.path })).images).toHaveLength(1)
      }
      // A helper without an entry is no error; a missing helper is one.
      await using none = await configWith({ credHelpers: { [registry.address]: '../sf-test' } })
      expect((await refusal(inspect(source, { dockerConfigFolder: none.path }))).message).toContain(
        'is not the name of a credential helper',
      )
      await using absent = await configWith({ credHelpers: { [registry.address]: 'nosuch' } })
      expect((await refusal(inspect(source, { dockerConfigFolder: absent.path }))).message).toContain(
        'docker-credential-nosuch cannot be run: there is no such program',
      )
      await using broken = await temporary()
      await writeFile(join(broken.path, 'config.json'), `{"auths": ${secret}`)
      expect((await refusal(inspect(source, { dockerConfigFolder: broken.path }))).message).toContain(
        'config.json is not JSON',
      )
      await truncate(join(broken.path, 'config.json'), 16_000_001)
      expect((await refusal(inspect(source, { dockerConfigFolder: broken.path }))).message).toContain(
        'config.json cannot be read: it has more than 16 MB',
      )
    } finally {
      process.env['PATH'] = path
    }
  })

  test('sends nothing to a remote realm over plain HTTP', async () => {
    await using registry = await serve(
      ({ authorization }, response) =>
        authorization === null && deny(response, 'Bearer realm="http://auth.example.com/token"'),
    )
    await using config = await configWith({
      auths: { [registry.address]: { auth: Buffer.from(`me:${secret}`).toString('base64') } },
    })
    const error = await refusal(inspect(`docker://${registry.address}/app`, { dockerConfigFolder: config.path }))
    expect([error.code, error.message]).toEqual([
      'REGISTRY_UNREACHABLE',
      expect.stringContaining('auth.example.com is not asked: plain HTTP is for loopback'),
    ])
  })

  test.each(['https://169.254.169.254/latest', 'https://[fe80::1]/token', 'https://0xa9fea9fe/'])(
    'sends nothing to a realm at the link-local address %s',
    async (realm) => {
      await using registry = await serve((_, response) => deny(response, `Bearer realm="${realm}"`))
      const error = await refusal(inspect(`docker://${registry.address}/app`))
      expect([error.code, error.message]).toEqual([
        'REGISTRY_UNREACHABLE',
        expect.stringMatching(/names a token server, .* at a link-local address, which is not followed$/),
      ])
    },
  )

  test.each([
    ['93.184.216.34', '127.0.0.1', 'on this machine'],
    ['93.184.216.34', '10.0.0.1', 'in a private network'],
    ['10.0.0.1', '127.0.0.1', 'on this machine'],
    ['10.0.0.1', '192.168.0.1', null],
    ['127.0.0.1', '127.0.0.1', null],
    ['127.0.0.1', '93.184.216.34', null],
  ])('checks a realm for a registry at %s and a token server at %s', async (registryAddress, realmAddress, refused) => {
    const lookUp = (name: string): Promise<readonly string[]> =>
      Promise.resolve([name === 'realm.example' ? realmAddress : registryAddress])
    const task = requireOutward(
      new URL('https://registry.example/'),
      new URL('https://realm.example/'),
      'names a token server,',
      { signal: new AbortController().signal, retryDelay: 1, lookUp },
    )
    if (refused === null) await task
    else
      expect((await refusal(task)).message).toBe(
        `registry.example names a token server, realm.example ${refused}, which is not followed`,
      )
  })

  test('does not read an endless token to the end', async () => {
    let sent = 0
    await using registry = await serve(({ url, host }, response) => {
      if (!url.startsWith('/token')) return deny(response, `Bearer realm="http://${host}/token"`)
      response.writeHead(200)
      const more = (): void => {
        if (response.destroyed || sent > 400e6) {
          response.end()
          return
        }
        sent += 1e6
        response.write(Buffer.alloc(1e6, 'a'), more)
      }
      more()
      return true
    })
    const error = await refusal(inspect(`docker://${registry.address}/app`))
    expect(error.message).toContain('answers with more than 1000000 bytes')
    expect(sent).toBeLessThan(50e6)
  })

  test('fetches a new token once the old one has expired', async () => {
    let issued = 0
    await using registry = await serve(({ url, host, authorization }, response) => {
      if (url.startsWith('/token')) {
        issued += 1
        response.writeHead(200).end(JSON.stringify({ access_token: `token-${issued}` }))
        return true
      }
      const isFresh = authorization === `Bearer token-${url.includes(layer.digest) ? 2 : 1}`
      return !isFresh && deny(response, `Bearer realm="http://${host}/token"`)
    })
    expect((await inspect(`docker://${registry.address}/app`)).images).toHaveLength(1)
    expect(issued).toBe(2)
  })
})

test('a challenge is split into schemes with their parameters, with commas and quotes in quoted values', () => {
  expect(
    parseChallenges('Bearer realm="https://a/b?c=d,e",service=x, scope="a:b:pull,push", Basic realm="q\\"q"'),
  ).toEqual([
    {
      scheme: 'bearer',
      parameters: new Map([
        ['realm', 'https://a/b?c=d,e'],
        ['service', 'x'],
        ['scope', 'a:b:pull,push'],
      ]),
    },
    { scheme: 'basic', parameters: new Map([['realm', 'q"q']]) },
  ])
  expect(parseChallenges('')).toEqual([])
  expect(parseChallenges('a '.repeat(100_000)).length).toBeLessThan(10_000)
})

describe('redirects', () => {
  const authorization = `Basic ${Buffer.from(`me:${secret}`).toString('base64')}`

  test('to another host get no credentials', async () => {
    await using storage = await serve()
    await using registry = await serve((seen, response) => {
      if (seen.authorization !== authorization) return deny(response, 'Basic realm="x"')
      if (!seen.url.includes('/blobs/')) return false
      response.writeHead(307, { location: `http://${storage.address}${seen.url}` }).end()
      return true
    })
    await using config = await configWith({ auths: { [registry.address]: { auth: authorization.slice(6) } } })
    expect(
      (await inspect(`docker://${registry.address}/app`, { dockerConfigFolder: config.path })).images,
    ).toHaveLength(1)
    expect(storage.seen).toHaveLength(2)
    expect(storage.seen.map((seen) => seen.authorization)).toEqual([null, null])
  })

  test('within the host keep the credentials', async () => {
    await using registry = await serve((seen, response) => {
      if (seen.authorization !== authorization) return deny(response, 'Basic realm="x"')
      if (seen.url.includes('moved') || !seen.url.includes('/blobs/')) return false
      response.writeHead(302, { location: seen.url.replace('/app/', '/moved/') }).end()
      return true
    })
    await using config = await configWith({ auths: { [registry.address]: { auth: authorization.slice(6) } } })
    expect(
      (await inspect(`docker://${registry.address}/app`, { dockerConfigFolder: config.path })).images,
    ).toHaveLength(1)
  })

  test.each([
    ['/v2/app/manifests/latest', 'redirects more than 10 times'],
    ['http://registry.example.com/', 'plain HTTP is for loopback addresses only'],
    ['file:///etc/passwd', 'is not asked'],
    ['http://', 'redirects to something that is not an address'],
  ])('to %s are refused', async (location, message) => {
    await using registry = await serve((_, response) => {
      response.writeHead(302, { location }).end()
      return true
    })
    const error = await refusal(inspect(`docker://${registry.address}/app`))
    expect([error.code, error.message]).toEqual(['REGISTRY_UNREACHABLE', expect.stringContaining(message)])
  })
})

describe('a registry with problems', () => {
  test.each([
    [500, {}],
    [503, { 'retry-after': '0' }],
    [429, { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }],
  ])('is asked again after status %d', async (status, headers) => {
    let failures = 0
    await using registry = await serve((_, response) => {
      failures += 1
      if (failures > 2) return false
      response.writeHead(status, headers).end('busy')
      return true
    })
    expect((await inspect(`docker://${registry.address}/app`)).images).toHaveLength(1)
  })

  test('gives an error if status 503 stays', async () => {
    await using registry = await serve((_, response) => {
      response.writeHead(503).end()
      return true
    })
    const error = await refusal(inspect(`docker://${registry.address}/app`))
    expect([error.code, error.message]).toEqual([
      'REGISTRY_UNREACHABLE',
      `${registry.address} returned a server error (status 503): try again later`,
    ])
    expect(registry.seen).toHaveLength(5)
  })

  test.each([
    [429, '999999', 'limits the number of requests (status 429): it asks to wait 999999 s, longer than this run waits'],
    [503, '31', 'returned a server error (status 503): it asks to wait 31 s, longer than this run waits'],
  ])('is not waited for if it asks for too much time: %d, %s s', async (status, seconds, message) => {
    await using registry = await serve((_, response) => {
      response.writeHead(status, { 'retry-after': seconds }).end()
      return true
    })
    const error = await refusal(inspect(`docker://${registry.address}/app`))
    expect([error.code, error.message]).toEqual(['REGISTRY_UNREACHABLE', `${registry.address} ${message}`])
    expect(registry.seen).toHaveLength(1)
  })

  test('is read on from the same place after each broken connection', async () => {
    const whole = made.blobs.get(layer.digest)!
    const part = Math.ceil(whole.length / 4)
    await using registry = await serve(({ url, range }, response) => {
      if (!url.includes(layer.digest)) return false
      const from = Number(/\d+/.exec(range ?? '')?.[0] ?? 0)
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': whole.length - from })
      const end = Math.min(from + part, whole.length)
      response.write(whole.subarray(from, end), () => (end === whole.length ? response.end() : response.destroy()))
      return true
    })
    const { images } = await inspect(`docker://${registry.address}/app`)
    expect(images[0]!.stages[0]!.layers[0]!.digest).toBe(layer.digest)
    expect(registry.seen.filter(({ range }) => range !== null).length).toBeGreaterThan(1)
  })

  test('is read from the beginning if it does not support ranges, and nothing counts twice', async () => {
    let broken = false
    await using registry = await serve(({ url }, response) => {
      if (!url.includes(layer.digest)) return false
      const whole = made.blobs.get(layer.digest)!
      response.writeHead(200, { 'content-length': whole.length })
      if (broken) response.end(whole)
      else response.write(whole.subarray(0, 100_000), () => response.destroy())
      broken = true
      return true
    })
    expect((await inspect(`docker://${registry.address}/app`)).images[0]!.stages[0]!.layers[0]!.compressedSize).toBe(
      layer.size,
    )
  })

  test('gives an error if the connection always breaks', async () => {
    await using registry = await serve(({ url }, response) => {
      if (!url.includes(layer.digest)) return false
      response.writeHead(200, { 'content-length': 1000 })
      response.write('x', () => response.destroy())
      return true
    })
    expect((await refusal(inspect(`docker://${registry.address}/app`))).code).toBe('REGISTRY_UNREACHABLE')
  })

  // The usual time limit is a minute; this checks that the request ends, and with which error.
  const patience = { idle: 300, minBytes: 1_000 }
  test.each<[string, (response: ServerResponse) => void]>([
    ['before its answer', () => undefined],
    [
      'after the headers of its answer',
      (response) => {
        response.writeHead(200, { 'content-type': types.manifest }).flushHeaders()
      },
    ],
    [
      'byte by byte',
      (response) => {
        response.writeHead(200, { 'content-type': types.manifest })
        const drip = setInterval(() => {
          if (response.destroyed) clearInterval(drip)
          else response.write(' ')
        }, 20)
      },
    ],
  ])('gives an error if it stalls %s', async (_, stall) => {
    await using registry = await serve(({ url }, response) => {
      if (!url.includes('manifests')) return false
      stall(response)
      return true
    })
    const signal = new AbortController().signal
    const opening = openRegistryImage(
      { registry: registry.address, repository: 'app', tag: 'latest', digest: null },
      { signal, retryDelay: 1, patience, credentials: () => Promise.resolve(null) },
    )
    const error = await refusal(opening)
    expect([error.code, error.message]).toEqual([
      'REGISTRY_UNREACHABLE',
      `${registry.address} stopped answering: try again later, or check the network connection`,
    ])
  })

  test('is refused if its bytes do not match the digest', async () => {
    await using registry = await serve(({ url }, response) => {
      if (!url.includes('/blobs/')) return false
      response.writeHead(200).end('x'.repeat(100))
      return true
    })
    expect((await refusal(inspect(`docker://${registry.address}/app`))).code).toBe('UNREADABLE_INPUT')
    await using tampered = await serve(({ url }, response) => {
      if (!url.includes('/manifests/')) return false
      response.writeHead(200, { 'content-type': types.manifest }).end('{}')
      return true
    })
    expect((await refusal(inspect(`docker://${tampered.address}/app@${image.digest}`))).message).toContain(
      'its manifest came with the digest',
    )
  })

  test('is refused if there is no image, or something else', async () => {
    await using registry = await serve(({ url }, response) => {
      if (!url.includes('/chart/')) return false
      response.writeHead(200, { 'content-type': 'application/vnd.example.chart' }).end('{}')
      return true
    })
    expect((await refusal(inspect(`docker://${registry.address}/chart/app`))).message).toContain(
      'is not an image that can be weighed: its manifest has the media type "application/vnd.example.chart"',
    )
    expect((await refusal(inspect(`docker://${registry.address}/app:nosuch`))).message).toBe(
      `${registry.address} has no image ${registry.address}/app:nosuch`,
    )
  })

  test.each([
    // Without a network, the name cannot be looked up.
    [
      'registry.invalid',
      /^registry\.invalid cannot be reached: .*; check the (?:name of the registry|network connection)$/,
    ],
    ['localhost:22', /^localhost:22 cannot be reached: port 22 is one that clients of HTTP do not connect to$/],
  ])('gives an error with advice if it cannot exist at %s', async (host, message) => {
    const error = await refusal(inspect(`docker://${host}/app`, { retryDelay: 1 }))
    expect([error.code, error.message]).toEqual(['REGISTRY_UNREACHABLE', expect.stringMatching(message)])
  })

  test('gives an error if it is not running, and is left on a signal', async () => {
    const gone = await serve()
    await gone[Symbol.asyncDispose]()
    const error = await refusal(inspect(`docker://${gone.address}/app`))
    expect([error.code, error.exitStatus]).toEqual(['REGISTRY_UNREACHABLE', 4])
    expect(error.message).toMatch(
      /cannot be reached: connect ECONNREFUSED [\d.:]+; check the name and the port of the registry$/,
    )
    const stop = new AbortController()
    await using registry = await serve(({ url }) => {
      if (!url.includes(layer.digest)) return false
      stop.abort()
      return true
    })
    await expect(inspect(`docker://${registry.address}/app`, { signal: stop.signal })).rejects.toMatchObject({
      name: 'Cancelled',
    })
  })
})
