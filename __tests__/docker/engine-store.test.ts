import { describe, expect, test } from '@jest/globals'
import { isUnpackedStore, newWeighingLabel } from '../../src/docker/engine-store.ts'
import { weighingCall } from '../../src/plan/weighing-calls.ts'
import { plannedStage } from '../support/planned-stage.ts'

describe('a store holds layers unpacked', () => {
  test.each([
    ['with overlay2, where the image ID is the only digest', 'sha256:a', 'sha256:a', true],
    ['but not with containerd, where manifest and config have different digests', 'sha256:a', 'sha256:b', false],
    ['but not if the image is an index, whose metadata names no config', 'sha256:a', null, false],
    ['but not if there is no image', '', null, false],
  ])('%s', (_, digest, configDigest, expected) => {
    expect(isUnpackedStore({ digest, configDigest })).toBe(expected)
  })
})

test("a stage is stored in the engine without a tag, with our label and with the flags of the user's steps", () => {
  const stage = plannedStage()
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
