import { describe, expect, test } from '@jest/globals'
import { isUnpackedStore, newWeighingLabel } from '../../src/docker/engine-store.ts'
import type { PlannedStage } from '../../src/dockerfile/stage.ts'
import { weighingCall } from '../../src/plan/weighing-calls.ts'

describe('a store that holds layers unpacked', () => {
  test.each([
    ['overlay2: the image ID is the only digest', 'sha256:a', 'sha256:a', true],
    ['the containerd store: a manifest has another digest than its config', 'sha256:a', 'sha256:b', false],
    ['an index, whose metadata names no config', 'sha256:a', null, false],
    ['no image at all', '', null, false],
  ])('%s', (_, digest, configDigest, expected) => {
    expect(isUnpackedStore({ digest, configDigest })).toBe(expected)
  })
})

test('a stage goes into the engine’s store without a tag, with the label of its weighing and the flags of the user’s steps', () => {
  const stage: PlannedStage = {
    index: 0,
    name: 'build',
    base: 'scratch',
    line: 1,
    endLine: 1,
    needed: true,
    final: false,
    takes: [],
    instructions: [],
  }
  const label = newWeighingLabel()
  expect(newWeighingLabel()).not.toEqual(label)
  const call = weighingCall(stage, {
    stepArgv: ['--build-arg', 'A=1'],
    imageArgv: ['--label', 'of=user'],
    platforms: ['linux/amd64'],
    outputs: ['type=image,compression=zstd,push=true'],
    context: '.',
    dockerfile: 'Dockerfile',
    targets: new Map([[0, 'build']]),
    builderStageCompression: 'keep',
    mark: null,
  })
  expect(call.store({ label, metadataFile: 'm.json' }).args).toEqual([
    ...[
      'buildx',
      'build',
      '--build-arg',
      'A=1',
      '--file',
      'Dockerfile',
      '--target',
      'build',
      '--platform',
      'linux/amd64',
    ],
    ...['--provenance=false', '--sbom=false', '--progress=rawjson', '--metadata-file', 'm.json'],
    ...['--label', `${label.name}=${label.value}`, '--output', 'type=image', '.'],
  ])
})
