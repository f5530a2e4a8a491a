import { expect, test } from '@jest/globals'
import { exportedManifests } from '../../src/docker/exported-manifests.ts'

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`
/** As BuildKit 0.34 prints it. */
const exporting = (step: number, manifest: string, list: string): string => `#${step} exporting to image
#${step} exporting layers 0.2s done
#${step} exporting manifest ${digest(manifest)} 0.0s done
#${step} exporting config ${digest('c')} done
#${step} exporting attestation manifest ${digest('d')} 0.1s done
#${step} exporting manifest list ${digest(list)} done
#${step} DONE 0.6s
`

function manifestIn(log: string, list = digest('b'), chunk = log.length): string | null {
  const read = exportedManifests()
  for (let at = 0; at < log.length; at += chunk) read.write(Buffer.from(log.slice(at, at + chunk)))
  return read.manifestOf(list)
}

test.each([1, 7, 64, 10_000])('finds the manifest beside the index, in chunks of %i bytes', (chunk) => {
  expect(manifestIn(exporting(7, 'a', 'b'), digest('b'), chunk)).toBe(digest('a'))
})

test('finds the manifest of each target of a bake, and of an export whose progress was printed twice', () => {
  const log = exporting(7, 'a', 'b') + exporting(12, 'e', 'f') + exporting(7, 'a', 'b')
  expect([manifestIn(log), manifestIn(log, digest('f'))]).toEqual([digest('a'), digest('e')])
})

test.each([
  ['two platforms, so there are two manifests', `#7 exporting manifest ${digest('e')} done\n${exporting(7, 'a', 'b')}`],
  ['another index', exporting(7, 'a', 'e')],
  ['the manifest of another export', exporting(7, 'a', 'e') + `#8 exporting manifest list ${digest('b')} done\n`],
  ['the output of a step', exporting(7, 'a', 'b').replaceAll(/^#7 /gm, '#7 0.123 ')],
  ['a carriage return in the output of a step', exporting(7, 'a', 'b').replaceAll(/^#7 /gm, '#5 0.1 x\r#7 ')],
  ['a shorter digest', exporting(7, 'a', 'b').replaceAll(digest('a'), digest('a').slice(0, -1))],
  ['an overlong line', `${' '.repeat(5_000)}${exporting(7, 'a', 'b').replaceAll('\n', ' ')}\n`],
  ['no log', ''],
])('finds none in %s', (_, log) => {
  expect(manifestIn(log)).toBeNull()
})
