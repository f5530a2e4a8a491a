/** A build that copies its whole context, and writes the metadata and the image ID into it. */
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { containerBuilder } from '../support/container-builder.ts'
import { runsTimeout as timeout } from '../support/hosted.ts'
import { folderWith, footprint } from '../support/program.ts'
import { describeWith } from '../support/rig.ts'
import { busybox } from '../support/weigh.ts'

describeWith('buildx')('files of the build in its context', () => {
  test(
    'do not make a step run again, and are there in the end',
    async () => {
      let asked = 0
      const server = createServer((_, response) => {
        asked += 1
        response.end('x')
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      await using stack = new AsyncDisposableStack()
      stack.defer(() => void server.close())
      const { port } = server.address() as AddressInfo
      const dockerfile = `FROM scratch AS build
COPY . /
RUN ["/busybox", "wget", "-O", "/answer", "http://127.0.0.1:${port}/"]
FROM scratch
COPY --from=build /answer /answer
`
      const folder = stack.use(await folderWith({ Dockerfile: dockerfile, busybox }))
      const home = stack.use(await folderWith({}))
      const builder = stack.use(await containerBuilder())
      const [metadata, iid] = ['metadata.json', 'iid'].map((name) => join(folder.path, name)) as [string, string]
      const image = ['--output', `type=docker,dest=${join(home.path, 'image.tar')}`]
      for (const earlier of [false, true]) {
        if (earlier) await Promise.all([metadata, iid].map((path) => writeFile(path, 'of an earlier build')))
        asked = 0
        const told = await footprint(
          ['build', '--format', 'json', '--metadata-file', 'metadata.json', '--iidfile', 'iid', ...image, '.'],
          { cwd: folder.path, env: { ...builder.env, XDG_CACHE_HOME: join(home.path, 'cache') } },
        )
        expect([told.status, asked]).toEqual([0, 1])
        expect(JSON.parse(told.stdout)).toMatchObject({
          images: [
            {
              stages: [
                { name: 'build', totals: { layers: 2 } },
                { role: 'final', totals: { layers: 1 } },
              ],
            },
          ],
        })
        const written = JSON.parse(await readFile(metadata, 'utf8')) as Record<string, string>
        expect(written['containerimage.config.digest']).toBe((await readFile(iid, 'utf8')).trim())
      }
    },
    timeout,
  )
})
