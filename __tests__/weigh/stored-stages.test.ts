import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { openDerivedStore } from '../../src/layer/derived-store.ts'
import { openIndexStore } from '../../src/layer/index-store.ts'
import { weighStoredStages } from '../../src/weigh/stored-stages.ts'

test('does not ask the engine if there are no stages', async () => {
  const options = {
    indexes: openIndexStore(join(tmpdir(), 'sf-no-store')),
    derived: openDerivedStore(join(tmpdir(), 'sf-no-store')),
    folder: tmpdir(),
    signal: new AbortController().signal,
    onProgress: () => undefined,
  }
  expect(await weighStoredStages(new Map(), options)).toEqual(new Map())
})
