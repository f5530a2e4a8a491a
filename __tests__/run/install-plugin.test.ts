/** The link to this program. `integration/docker-plugin.test.ts` uses it with the docker client. */
import { readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { installPlugin } from '../../src/run/install-plugin.ts'
import { temporary } from '../support/layouts.ts'

test('makes the folder of the configuration, and links the program', async () => {
  await using folder = await temporary()
  const dockerConfigFolder = join(folder.path, 'new/docker')
  await installPlugin(process.execPath, { dockerConfigFolder }, 'linux')
  const target = await readlink(join(dockerConfigFolder, 'cli-plugins/docker-footprint'))
  expect(target).toMatch(/node$/)
})

// Node's own function for folders and their parents never returns there.
test('reports a folder in which nothing can be made', async () => {
  await expect(installPlugin(process.execPath, { dockerConfigFolder: '/proc/x/y' }, 'linux')).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(
      /^the plugin cannot be linked as \/proc\/x\/y\/cli-plugins\/docker-footprint: \S.*DOCKER_CONFIG/,
    ),
  })
})
