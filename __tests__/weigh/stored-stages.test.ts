import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { openIndexStore } from '../../src/layer/index-store.ts'
import { weighStoredStages } from '../../src/weigh/stored-stages.ts'

test('no stage is held: the engine is not asked about none', async () => {
  const options = {
    indexes: openIndexStore(join(tmpdir(), 'sf-no-store')),
    folder: tmpdir(),
    signal: new AbortController().signal,
    onProgress: () => undefined,
  }
  expect(await weighStoredStages(new Map(), options)).toEqual(new Map())
})
