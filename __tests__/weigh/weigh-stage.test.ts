import { expect, test } from '@jest/globals'
import { planStages } from '../../src/dockerfile/plan-stages.ts'
import type { Digest } from '../../src/oci/digest.ts'
import { textForRecord } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { weighStage } from '../../src/weigh/weigh-stage.ts'
import { footprintOf, image } from '../support/footprints.ts'

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`

test('makes a valid record from an instruction of any length', () => {
  const { stages } = planStages({
    dockerfile: `FROM scratch\nRUN ${'x'.repeat(70_000)}\nLABEL a=${'y'.repeat(70_000)}\n`,
    list: null,
    target: null,
    buildContexts: new Set(),
    buildArgs: new Map(),
    platform: { os: 'linux', architecture: 'amd64' },
  })
  const stage = weighStage(
    stages[0]!,
    stages,
    {
      image: {
        manifest: {
          layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digest('a'), size: 1024 }],
        },
        config: {
          os: 'linux',
          architecture: 'amd64',
          rootfs: { diff_ids: [digest('a')] },
          history: [{}, { empty_layer: true }],
        },
        configDigest: digest('c'),
        manifestDigest: digest('e'),
      },
      steps: null,
      indexes: [
        {
          digest: digest('a'),
          diffId: digest('a'),
          compressedSize: 1024,
          uncompressedSize: 1024,
          fileBytes: 0,
          entries: 0,
          whiteouts: 0,
          opaqueWhiteouts: 0,
          timelessDigest: null,
        },
      ],
    },
    null,
  )
  const texts = [stage.layers[0]!.instruction!.text, ...stage.instructions!.map(({ text }) => text)]
  expect(texts.map((text) => [text.slice(0, 5), text.length, text.at(-1)])).toEqual([
    ['RUN x', 65_536, '…'],
    ['RUN x', 65_536, '…'],
    ['LABEL', 65_536, '…'],
  ])
  const record = JSON.stringify(footprintOf([image({ stages: [stage] })]))
  expect(parseRecord(record, 'it').images[0]!.stages[0]!.instructions).toHaveLength(2)
})

test('cuts a text after a whole character, and only if it is too long', () => {
  const whole = 'a'.repeat(65_536)
  expect(textForRecord(whole)).toBe(whole)
  const cut = textForRecord(`${'a'.repeat(65_534)}\u{1F600}\u{1F600}`)
  expect([cut.length, cut.slice(-2), cut.isWellFormed()]).toEqual([65_535, 'a…', true])
})
