/** Our queries to a builder, besides the user's own call, leave no trace in its history. */
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { containerBuilder, type ContainerBuilder } from '../support/container-builder.ts'
import { folderWith, footprint, processesLeft, succeed } from '../support/program.ts'
import { recordingClient } from '../support/recording-client.ts'
import { describeWith } from '../support/rig.ts'
import { runAction } from '../support/runner.ts'
import { busybox } from '../support/weigh.ts'

const dockerfile = (step: string): string =>
  `FROM scratch AS build\nCOPY busybox /busybox\nRUN ["/busybox","sh","-c","${step}"]\nFROM build AS other\nCOPY f /f\nFROM scratch\nCOPY --from=build /made /made\nCOPY --from=other /f /f\n`

/** Returns the builder's history: the names of builds, and how they ended. */
async function history({ env }: ContainerBuilder): Promise<readonly string[]> {
  const lines = (
    await succeed('docker', ['buildx', 'history', 'ls', '--no-trunc', '--format', '{{.Name}} {{.Status}}'], { env })
  ).split('\n')
  return lines.filter((line) => line !== '')
}

describeWith('buildx')("the builder's history", () => {
  test("has only the user's build, although its cache was exported", async () => {
    await using builder = await containerBuilder()
    await using folder = await folderWith({
      'context/Dockerfile': dockerfile('/busybox echo x > /made'),
      'context/busybox': busybox,
      'context/f': 'f',
    })
    await using client = await recordingClient()
    const env = { ...builder.env, ...client.env, XDG_CACHE_HOME: `${folder.path}/cache` }
    expect((await footprint(['build', `${folder.path}/context`], { env })).status).toBe(0)
    expect((await client.calls()).flat()).toContain('type=cacheonly')
    expect(await history(builder)).toEqual(['context Completed'])
  })

  test("has only the user's bake, although a target builds on another one", async () => {
    const definition = `
target "low" { context = "context" }
target "mid" {
  context = "context"
  contexts = { low = "target:low" }
  dockerfile-inline = "FROM low\\nCOPY f /mid"
}
target "app" {
  context = "context"
  contexts = { mid = "target:mid" }
  dockerfile-inline = "FROM mid AS build\\nCOPY f /app\\nFROM scratch\\nCOPY --from=build /app /app"
}
`
    await using folder = await folderWith({
      'docker-bake.hcl': definition,
      'context/Dockerfile': dockerfile('/busybox echo x > /made'),
      'context/busybox': busybox,
      'context/f': 'f',
    })
    await using plain = await containerBuilder()
    await succeed('docker', ['buildx', 'bake', '--progress=quiet', 'app'], { cwd: folder.path, env: plain.env })
    await using builder = await containerBuilder()
    await using client = await recordingClient()
    const env = { ...builder.env, ...client.env, XDG_CACHE_HOME: `${folder.path}/cache` }
    const step = await runAction(folder.path, { mode: 'bake', source: '.', targets: 'app' }, { env })
    expect([step.status, step.outputs['record']]).toEqual([0, expect.stringContaining('.json')])
    expect((await client.calls()).filter((words) => words.includes('--file') && words.includes('-'))).not.toEqual([])
    expect((await history(builder)).toSorted()).toEqual((await history(plain)).toSorted())
  })

  test('stays as it is on an engine that ends if its history is cleaned', async () => {
    await using folder = await folderWith({
      'context/Dockerfile': dockerfile(`/busybox echo ${process.pid} > /made`),
      'context/busybox': busybox,
      'context/f': 'f',
    })
    const told = await footprint(['build', '--output', 'type=cacheonly', join(folder.path, 'context')], {
      env: { XDG_CACHE_HOME: join(folder.path, 'cache') },
    })
    expect(told.status).toBe(0)
    // Docker 28.5 crashed at this point, with everything on it.
    expect(await succeed('docker', ['buildx', 'history', 'ls', '--format', '{{.Name}}'])).toContain('context')
    expect(await succeed('docker', ['version', '--format', '{{.Server.Version}}'])).toMatch(/^\d/)
  })

  test("has only the user's build, even if we are stopped in the middle of an export", async () => {
    await using builder = await containerBuilder()
    // Compressing this takes longer than the pause before the signal.
    const step = '/busybox head -c 100000000 /dev/urandom > /made'
    await using folder = await folderWith({
      'context/Dockerfile': dockerfile(step),
      'context/busybox': busybox,
      'context/f': 'f',
      'temp/x': '',
      'bin/x': '',
    })
    const docker = (await succeed('sh', ['-c', 'command -v docker'])).trim()
    const stops = `#!/bin/sh\ncase "$*" in *type=cacheonly*) (sleep 0.8; kill -TERM $PPID) & ;; esac\nexec '${docker}' "$@"\n`
    await writeFile(join(folder.path, 'bin/docker'), stops, { mode: 0o755 })
    const temp = join(folder.path, 'temp')
    const env = {
      ...builder.env,
      XDG_CACHE_HOME: join(folder.path, 'cache'),
      TMPDIR: temp,
      PATH: `${join(folder.path, 'bin')}:${process.env['PATH'] ?? ''}`,
    }
    const told = await footprint(['build', join(folder.path, 'context')], { env })
    expect([told.status, told.stdout]).toEqual([143, ''])
    expect(await history(builder)).toEqual(['context Completed'])
    expect(await processesLeft('TMPDIR', temp)).toEqual([])
    expect(await readdir(temp)).toEqual(['x'])
  })
})
