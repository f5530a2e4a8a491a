/** The figures of a layer agree: the bytes of its files and what the tar adds to them are its length, to the byte. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { addedBy, overheadsOf } from '../support/overhead.ts'
import { describeWith } from '../support/rig.ts'
import { archives } from '../support/generated-archives.ts'
import { read, remove, tar, temporaryFolder } from '../support/tar-bytes.ts'

const folder = temporaryFolder()
afterAll(() => remove(folder))

describeWith('python')(
  "bytes of files and the overhead that Python's tarfile finds add up to the length of a tar",
  () => {
    test('for generated archives: v7, ustar, GNU and PAX, long names, global headers, sparse files', async () => {
      const seen = { padding: 0, holes: 0, pax: 0 }
      await fc.assert(
        fc.asyncProperty(fc.array(archives(false), { minLength: 1, maxLength: 20 }), async (some) => {
          const paths = some.map(({ bytes }, nth) => {
            const path = join(folder, `${nth}.tar`)
            writeFileSync(path, bytes)
            return path
          })
          const overheads = await overheadsOf(paths)
          for (const [nth, { bytes, told }] of some.entries()) {
            const { uncompressedSize, fileBytes, entries } = await read(bytes)
            const overhead = overheads[nth]!
            expect([told, uncompressedSize]).toEqual([told, bytes.length])
            expect([told, fileBytes + addedBy(overhead)]).toEqual([told, uncompressedSize])
            expect([told, overhead.headers % 512, overhead.headers >= entries * 512]).toEqual([told, 0, true])
            seen.padding += overhead.padding
            seen.holes += overhead.holes
            seen.pax += overhead.headers - entries * 512
          }
        }),
        { seed: 20_261_125, numRuns: 25 },
      )
      // Without any of these, the test would show little.
      expect(Object.values(seen).every((bytes) => bytes > 0)).toBe(true)
    })

    describe.each(['v7', 'ustar', 'gnu', 'posix'])('for GNU tar in the format %s', (format) => {
      test('of a folder of this repository', async () => {
        const bytes = tar(
          '--create',
          '--file',
          '-',
          '--format',
          format,
          '--directory',
          join(import.meta.dirname, '../..'),
          'docs',
          'src',
          'schema',
        )
        const path = join(folder, `${format}.tar`)
        writeFileSync(path, bytes)
        const { uncompressedSize, fileBytes } = await read(bytes)
        const [overhead] = await overheadsOf([path])
        expect(fileBytes).toBeGreaterThan(100_000)
        expect(fileBytes + addedBy(overhead!)).toBe(uncompressedSize)
      })
    })
  },
)
