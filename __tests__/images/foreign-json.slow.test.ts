/** Whatever takes the place of a document, the result is a valid record or a one-sentence error. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { FootprintError } from '../../src/errors.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { blobs, inspect, tarOf, temporary, types, writeLayout, type Blobs } from '../support/layouts.ts'

let tar: Buffer
beforeAll(async () => {
  tar = await tarOf('a', 'x')
})

async function expectRecordOrSentence(path: string): Promise<void> {
  const outcome = await inspect(path).catch((error: unknown) => error)
  if (outcome instanceof FootprintError) {
    expect(outcome.code).toBe('UNREADABLE_INPUT')
    expect(outcome.message).not.toContain('\n')
  } else expect(parseRecord(JSON.stringify(outcome), 'it')).toEqual(JSON.parse(JSON.stringify(outcome)))
}

/** The document with one of its values replaced, at any depth. */
function damaged(document: unknown): fc.Arbitrary<unknown> {
  const paths: (readonly (string | number)[])[] = []
  const walk = (value: unknown, path: readonly (string | number)[]): void => {
    paths.push(path)
    if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key])
  }
  walk(document, [])
  const odd = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>(-1, 1.5, 1e308, '', '../..', null, [], {}, true, 'x'.repeat(70_000)),
  )
  return fc.tuple(fc.constantFrom(...paths), odd).map(([path, value]) => replaced(document, path, value))
}

function replaced(document: unknown, [first, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (first === undefined) return value
  const copy = (Array.isArray(document) ? [...(document as unknown[])] : { ...(document as object) }) as Record<
    string | number,
    unknown
  >
  copy[first] = replaced(copy[first], rest, value)
  return copy
}

const asked = { numRuns: Number(process.env['FUZZ_RUNS'] ?? 150) }

test.each(['index', 'manifest', 'config'] as const)(
  'a damaged %s gives a valid record or a one-sentence error',
  async (which) => {
    const whole = (made: Blobs): { readonly config: object; readonly manifest: (config: object) => object } => {
      const image = made.image(tar)
      const manifest = JSON.parse(made.blobs.get(image.digest)!.toString()) as {
        config: { digest: `sha256:${string}` }
      }
      return {
        config: JSON.parse(made.blobs.get(manifest.config.digest)!.toString()) as object,
        manifest: (config) => ({ ...manifest, config: made.add(types.config, config) }),
      }
    }
    const sample = blobs()
    const parts = whole(sample)
    const document = { index: [sample.image(tar)], manifest: parts.manifest(parts.config), config: parts.config }[which]
    await fc.assert(
      fc.asyncProperty(damaged(document), async (odd) => {
        await using folder = await temporary()
        const made = blobs()
        const { config, manifest } = whole(made)
        const add = (value: unknown): object => made.add(types.manifest, Buffer.from(JSON.stringify(value)))
        const roots = {
          index: () => odd as readonly object[],
          manifest: () => [add(odd)],
          config: () => [
            add({ ...manifest(config), config: made.add(types.config, Buffer.from(JSON.stringify(odd))) }),
          ],
        }[which]()
        await writeLayout(folder.path, made, roots)
        await expectRecordOrSentence(folder.path)
      }),
      asked,
    )
  },
)

test('an image is weighed whatever its provenance contains', async () => {
  const dockerfile = Buffer.from('FROM scratch\nCOPY a /a\n').toString('base64')
  const predicate = {
    invocation: { parameters: { args: { 'build-arg:A': 'b', target: 't' } } },
    buildConfig: {
      llbDefinition: [
        { id: 'step0', op: { Op: { source: { identifier: 'docker-image://x@sha256:1' } } } },
        { id: 'step1', op: { Op: {} }, inputs: ['step0:0'] },
      ],
      digestMapping: { a: 'step0' },
    },
    metadata: {
      'https://mobyproject.org/buildkit@v1#metadata': {
        source: {
          infos: [{ language: 'Dockerfile', data: dockerfile }],
          locations: { step0: { locations: [{ ranges: [{ start: { line: 2 }, end: { line: 2 } }] }] } },
        },
        layers: { 'step0:0': [[{ digest: `sha256:${'a'.repeat(64)}` }]] },
      },
    },
  }
  await fc.assert(
    fc.asyncProperty(damaged(predicate), async (odd) => {
      await using folder = await temporary()
      const made = blobs()
      const image = made.image(tar)
      const statement = {
        ...made.add('application/vnd.in-toto+json', { predicate: odd }),
        annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v0.2' },
      }
      const attestation = {
        ...made.add(types.manifest, { schemaVersion: 2, config: made.add(types.config, {}), layers: [statement] }),
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': image.digest,
        },
      }
      await writeLayout(folder.path, made, [image, attestation])
      const found = await inspect(folder.path)
      expect(found.images[0]!.stages[0]!.layers).toHaveLength(1)
      expect(parseRecord(JSON.stringify(found), 'it').images).toHaveLength(1)
    }),
    asked,
  )
})

test('bytes that are not a tar give a valid record or a one-sentence error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 3_000 }), async (bytes) => {
      await using folder = await temporary()
      await writeFile(join(folder.path, 'x'), bytes)
      await expectRecordOrSentence(join(folder.path, 'x'))
      await expectRecordOrSentence(`docker-archive:${join(folder.path, 'x')}`)
    }),
    asked,
  )
})
